//! The file of a backup: written whole or not at all, and read only if it is what was written.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{BufReader, BufWriter, ErrorKind, Read, Seek};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

use super::manifest::Manifest;
use super::{FILES, SECRETS};

const MANIFEST: &str = "manifest.json";

/// In the form of the program `sha256sum`, which checks an unpacked backup with it.
const SUMS: &str = "SHA256SUMS";

/// A backup that is being written, under another name until it is whole.
pub struct Writer {
    tar: tar::Builder<GzEncoder<BufWriter<File>>>,
    target: PathBuf,
    unfinished: Unfinished,
    sums: String,
    written_at: u64,
}

/// A file that goes away unless it gets its right name.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, it is not there any more.
        let _ = std::fs::remove_file(&self.0);
    }
}

impl Writer {
    /// Begins with the manifest. What stands at the target already is never overwritten.
    pub fn create(target: &Path, manifest: &Manifest) -> anyhow::Result<Writer> {
        refuse_to_overwrite(target)?;
        let mut name = target.as_os_str().to_owned();
        name.push(".unfinished");
        let unfinished = Unfinished(PathBuf::from(name));
        let file = new_private_file(&unfinished.0)
            .with_context(|| format!("{} can't be written", unfinished.0.display()))?;
        let zip = GzEncoder::new(BufWriter::new(file), Compression::fast());
        let mut writer = Writer {
            tar: tar::Builder::new(zip),
            target: target.to_owned(),
            unfinished,
            sums: String::new(),
            written_at: manifest.taken_at.unix_seconds().unsigned_abs(),
        };
        writer.add(MANIFEST, &serde_json::to_vec_pretty(manifest)?)?;
        Ok(writer)
    }

    pub fn add(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        self.sums.push_str(&sum_line(name, content));
        self.append(name, content)
    }

    fn append(&mut self, name: &str, content: &[u8]) -> anyhow::Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len().try_into()?);
        header.set_mode(0o600);
        header.set_mtime(self.written_at);
        Ok(self.tar.append_data(&mut header, name, content)?)
    }

    /// Makes it durable and gives it its name.
    pub fn finish(mut self) -> anyhow::Result<()> {
        let sums = std::mem::take(&mut self.sums);
        self.append(SUMS, sums.as_bytes())?;
        let file = self.tar.into_inner()?.finish()?.into_inner().map_err(|e| e.into_error())?;
        file.sync_all()?;
        refuse_to_overwrite(&self.target)?;
        std::fs::rename(&self.unfinished.0, &self.target)?;
        let folder = self.target.parent().filter(|folder| !folder.as_os_str().is_empty());
        Ok(File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?)
    }
}

pub fn refuse_to_overwrite(target: &Path) -> anyhow::Result<()> {
    ensure!(
        target.symlink_metadata().is_err(),
        "{} exists already; name a file that does not",
        target.display()
    );
    Ok(())
}

fn new_private_file(path: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn sum_line(name: &str, content: &[u8]) -> String {
    let digest = Sha256::digest(content);
    let digest: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{digest}  {name}\n")
}

/// A backup that was read once to its end and is whole.
pub struct Archive {
    file: File,
    pub contents: Contents,
}

/// What a backup holds.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Contents {
    pub manifest: Manifest,
    /// How many uploaded files.
    pub files: u64,
    /// The size of the backup.
    pub bytes: u64,
}

/// The entries of a backup in their order.
pub type Tar<'a> = tar::Archive<GzDecoder<BufReader<&'a File>>>;

impl Archive {
    /// Reads all of a backup and refuses one that is damaged, or that this program can't restore.
    pub fn open(path: &Path) -> anyhow::Result<Archive> {
        let name = path.display();
        let file = File::open(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => anyhow::anyhow!("{name}: there is no such file"),
            _ => anyhow::anyhow!("{name}: {error}"),
        })?;
        ensure!(!file.metadata()?.is_dir(), "{name} is a folder; name the backup in it");
        let contents = inspect(&file).with_context(|| format!("{name} can't be restored"))?;
        Ok(Archive { file, contents })
    }

    /// The entries again, from the first.
    pub fn tar(&self) -> anyhow::Result<Tar<'_>> {
        tar_of(&self.file)
    }
}

fn tar_of(mut file: &File) -> anyhow::Result<Tar<'_>> {
    file.rewind()?;
    Ok(tar::Archive::new(GzDecoder::new(BufReader::new(file))))
}

/// The name and the content of an entry.
pub fn read_entry(
    entry: std::io::Result<tar::Entry<'_, impl Read>>,
) -> anyhow::Result<(String, Vec<u8>)> {
    let damaged = |error: std::io::Error| match error.kind() {
        ErrorKind::UnexpectedEof => anyhow::anyhow!("it is cut off"),
        _ => anyhow::anyhow!("it is damaged, or no backup of expense-tracker: {error}"),
    };
    let mut entry = entry.map_err(damaged)?;
    let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
    let mut content = Vec::new();
    entry.read_to_end(&mut content).map_err(damaged)?;
    Ok((name, content))
}

fn inspect(file: &File) -> anyhow::Result<Contents> {
    let mut tar = tar_of(file)?;
    let mut entries = tar.entries()?.map(read_entry);
    let (name, first) = entries.next().context("it is empty")??;
    ensure!(name == MANIFEST, "it is no backup of expense-tracker: it begins with {name}");
    let manifest = Manifest::parse(&first)?;
    manifest.check()?;
    let mut sums = sum_line(&name, &first);
    let mut counted = Counted::default();
    loop {
        let (name, content) = entries.next().context("it is cut off: it has no SHA256SUMS")??;
        if name == SUMS {
            check_sums(&sums, &content)?;
            break;
        }
        sums.push_str(&sum_line(&name, &content));
        counted.add(&manifest, &name, &content)?;
    }
    ensure!(entries.next().is_none(), "it is damaged: something follows its end");
    drop(entries);
    // The checksum of the compression covers what no entry does, and stands behind them all.
    std::io::copy(&mut tar.into_inner(), &mut std::io::sink()).context("it is damaged")?;
    counted.check(&manifest)?;
    Ok(Contents { manifest, files: counted.files, bytes: file.metadata()?.len() })
}

fn check_sums(found: &str, written: &[u8]) -> anyhow::Result<()> {
    let written = String::from_utf8_lossy(written);
    if found == written {
        return Ok(());
    }
    let differs = found.lines().find(|line| !written.lines().any(|other| other == *line));
    let name = differs.and_then(|line| line.split_whitespace().nth(1)).unwrap_or(SUMS);
    bail!("it is damaged: {name} is not what was written")
}

/// What an archive really holds.
#[derive(Default)]
struct Counted {
    rows: BTreeMap<(String, String), u64>,
    files: u64,
}

impl Counted {
    fn add(&mut self, manifest: &Manifest, name: &str, content: &[u8]) -> anyhow::Result<()> {
        if name.starts_with(FILES) {
            self.files += 1;
        } else if let Some(file) = name.strip_prefix(SECRETS) {
            ensure!(is_plain(file), "\"{file}\" can't be the name of a secret");
        } else {
            let (service, shape) =
                manifest.table_of(name).with_context(|| format!("its manifest has no {name}"))?;
            let lines = content.iter().filter(|byte| **byte == b'\n').count();
            *self.rows.entry((service.to_owned(), shape.table)).or_default() += lines as u64;
        }
        Ok(())
    }

    fn check(&self, manifest: &Manifest) -> anyhow::Result<()> {
        for (service, part) in &manifest.services {
            for (table, held) in &part.tables {
                let found = self.rows.get(&(service.clone(), table.clone())).copied();
                let found = found.unwrap_or_default();
                ensure!(
                    found == held.rows,
                    "it is damaged: {service}.{table} has {found} rows instead of {}",
                    held.rows
                );
            }
        }
        Ok(())
    }
}

/// A name that stays in the folder that it is put into.
fn is_plain(name: &str) -> bool {
    !name.is_empty() && name != "." && name != ".." && !name.contains('/')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::Instant;
    use store::{FRAME_MIGRATIONS, Migration};
    use tempfile::TempDir;

    use super::super::manifest::{FORMAT, ServicePart, TablePart, shapes};
    use super::*;
    use crate::services::SERVICES;

    /// A backup of one person's profile.
    fn manifest() -> Manifest {
        let user = SERVICES.iter().find(|entry| entry.name == "user").unwrap();
        let all = FRAME_MIGRATIONS.iter().chain(user.migrations);
        let migrations: Vec<String> = all.map(|one: &Migration| one.name.to_owned()).collect();
        let mut part = ServicePart { migrations, ..ServicePart::default() };
        for shape in shapes(user, &part.migrations).unwrap() {
            let rows = u64::from(shape.table == "profile");
            part.tables.insert(shape.table, TablePart { columns: shape.columns, rows });
        }
        Manifest {
            format: FORMAT,
            program: "0.1.0".to_owned(),
            taken_at: Instant(1_795_000_000_000_000),
            database: "sqlite".to_owned(),
            holds_secrets: true,
            services: BTreeMap::from([("user".to_owned(), part)]),
        }
    }

    fn written(folder: &TempDir, manifest: &Manifest, entries: &[(&str, &str)]) -> PathBuf {
        let path = folder.path().join(format!("{}.tar.gz", uuid::Uuid::new_v4()));
        let mut writer = Writer::create(&path, manifest).unwrap();
        for (name, content) in entries {
            writer.add(name, content.as_bytes()).unwrap();
        }
        writer.finish().unwrap();
        path
    }

    const ENTRIES: [(&str, &str); 3] =
        [("user/profile/1.jsonl", "[1]\n"), ("secrets/pepper.key", "x"), ("files/a/b", "y")];

    fn refusal(path: &Path) -> String {
        format!("{:#}", Archive::open(path).err().unwrap())
    }

    #[test]
    fn a_whole_backup_is_read_and_says_what_it_holds() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(&written(&folder, &manifest(), &ENTRIES)).unwrap();
        assert_eq!((&archive.contents.manifest, archive.contents.files), (&manifest(), 1));
        let mut tar = archive.tar().unwrap();
        let names = tar.entries().unwrap().map(|entry| read_entry(entry).unwrap().0);
        let names: Vec<String> = names.collect();
        assert_eq!(names[1..4], ENTRIES.map(|(name, _)| name));
        assert_eq!((names[0].as_str(), names[4].as_str()), (MANIFEST, SUMS));
    }

    /// What a restore would read, where it would read anything.
    fn read(path: &Path) -> Option<Vec<(String, Vec<u8>)>> {
        let archive = Archive::open(path).ok()?;
        let mut tar = archive.tar().ok()?;
        tar.entries().ok()?.map(|entry| read_entry(entry).ok()).collect()
    }

    #[test]
    fn no_byte_can_change_or_be_missing() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(&folder, &manifest(), &ENTRIES);
        let (whole, held) = (std::fs::read(&path).unwrap(), read(&path).unwrap());
        for place in (0..whole.len()).step_by(5) {
            let mut flipped = whole.clone();
            flipped[place] ^= 1;
            std::fs::write(&path, flipped).unwrap();
            // There are bytes without meaning, such as the time in the head of the compression.
            assert!(read(&path).is_none_or(|found| found == held), "byte {place}");
        }
        for length in (0..whole.len()).step_by(5) {
            std::fs::write(&path, &whole[..length]).unwrap();
            assert!(read(&path).is_none(), "{length} bytes");
        }
    }

    #[test]
    fn what_this_program_can_not_restore_is_refused_with_what_would_be_right() {
        let folder = tempfile::tempdir().unwrap();
        let with = |change: &dyn Fn(&mut Manifest)| {
            let mut manifest = manifest();
            change(&mut manifest);
            refusal(&written(&folder, &manifest, &ENTRIES))
        };
        let part = |manifest: &mut Manifest| manifest.services.remove("user").unwrap();
        for (told, words) in [
            (
                with(&|m| (m.format, m.program) = (2, "9.1.0".to_owned())),
                ["format 2", "9.1.0 or newer"],
            ),
            (
                with(&|m| {
                    let part = part(m);
                    m.services.insert("usher".to_owned(), part);
                }),
                ["no service \"usher\"", "expense-tracker 0.1.0"],
            ),
            (
                with(&|m| m.services.get_mut("user").unwrap().migrations.push("0009_x".to_owned())),
                ["0009_x", "newer"],
            ),
            (
                with(&|m| {
                    let profile = m.services.get_mut("user").unwrap().tables.get_mut("profile");
                    profile.unwrap().columns.pop();
                }),
                ["user.profile", "migrations"],
            ),
            (
                with(&|m| {
                    m.services.get_mut("user").unwrap().tables.get_mut("profile").unwrap().rows = 2;
                }),
                ["user.profile", "1 rows instead of 2"],
            ),
        ] {
            for word in words {
                assert!(told.contains(word), "{word} is missing in {told}");
            }
        }
        let escaping = written(&folder, &manifest(), &[("secrets/a/b", "x")]);
        assert!(refusal(&escaping).contains("a/b"), "a secret stays in its folder");
        let nowhere = refusal(&folder.path().join("nowhere"));
        assert!(nowhere.contains("no such file"), "{nowhere}");
        assert!(refusal(folder.path()).contains("is a folder"));
    }
}
