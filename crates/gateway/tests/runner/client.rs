//! A client that sends exactly the bytes of a recording and reads what comes back.

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use super::recording::{Answer, Request, Step, bytes_of, text_of};

pub struct Connection {
    reading: BufReader<OwnedReadHalf>,
    writing: OwnedWriteHalf,
}

impl Connection {
    pub async fn open(port: u16) -> Self {
        let (reading, writing) =
            TcpStream::connect(("127.0.0.1", port)).await.unwrap().into_split();
        Connection { reading: BufReader::new(reading), writing }
    }

    pub async fn ask(&mut self, step: &Step) -> Answer {
        let (head, body) = framed(&step.request);
        // What is refused early may find the connection closed; the answer is what counts.
        let _ = self.writing.write_all(&head).await;
        if step.expect_continue {
            let first = self.answer(&step.request).await;
            if first.status != 100 {
                return first;
            }
            self.writing.write_all(&body).await.unwrap();
            let last = self.answer(&step.request).await;
            return Answer { interim: vec![100], ..last };
        }
        let _ = self.writing.write_all(&body).await;
        let answer = self.answer(&step.request).await;
        if answer.status != 101 {
            return answer;
        }
        self.writing.write_all(b"ping").await.unwrap();
        let mut echoed = Vec::new();
        self.reading.read_to_end(&mut echoed).await.unwrap();
        Answer { after_upgrade: Some(text_of(&echoed)), ..answer }
    }

    async fn answer(&mut self, request: &Request) -> Answer {
        let Some(Message { first, headers }) = read_head(&mut self.reading).await else {
            return Answer::default();
        };
        let status: u16 = first.split(' ').nth(1).unwrap().parse().unwrap();
        let is_head = request.method.as_deref() == Some("HEAD");
        let (body, truncated) = if has_body(status) && !is_head {
            read_body(&mut self.reading, &headers, true).await
        } else {
            (Vec::new(), false)
        };
        Answer { status, headers, body: Some(text_of(&body)), truncated, ..Answer::default() }
    }
}

pub fn has_body(status: u16) -> bool {
    !matches!(status, 100..200 | 204 | 304)
}

fn framed(request: &Request) -> (Vec<u8>, Vec<u8>) {
    if let Some(raw) = &request.raw {
        return (bytes_of(raw), Vec::new());
    }
    let mut head = format!(
        "{} {} HTTP/{}\r\n",
        request.method.as_deref().unwrap(),
        request.target.as_deref().unwrap(),
        request.version.as_deref().unwrap_or("1.1")
    );
    for (name, value) in &request.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    let mut body = Vec::new();
    if let Some(chunks) = &request.chunks {
        head.push_str("Transfer-Encoding: chunked\r\n");
        for chunk in chunks.iter().map(|chunk| bytes_of(chunk)).filter(|chunk| !chunk.is_empty()) {
            body.extend(format!("{:x}\r\n", chunk.len()).bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        body.extend(b"0\r\n\r\n");
    } else if let Some(text) = &request.body {
        body = bytes_of(text);
    } else if let Some((text, times)) = &request.body_repeat {
        body = bytes_of(&text.repeat(*times));
    }
    if request.body.is_some() || request.body_repeat.is_some() {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    head.push_str("\r\n");
    (bytes_of(&head), body)
}

/// The first line and the headers of a request or an answer.
pub struct Message {
    pub first: String,
    pub headers: Vec<(String, String)>,
}

pub async fn read_head<R: AsyncRead + Unpin>(reader: &mut BufReader<R>) -> Option<Message> {
    let first = read_line(reader).await?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(reader).await?;
        if line.is_empty() {
            return Some(Message { first, headers });
        }
        let (name, value) = line.split_once(':').expect("a header has a colon");
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

async fn read_line<R: AsyncRead + Unpin>(reader: &mut BufReader<R>) -> Option<String> {
    let mut line = Vec::new();
    loop {
        let byte = reader.read_u8().await.ok()?;
        if byte == b'\n' {
            return Some(text_of(line.trim_ascii_end()));
        }
        line.push(byte);
    }
}

pub fn header<'a>(headers: &'a [(String, String)], wanted: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
    found.map(|(_, value)| value.as_str())
}

/// Reads a body to its end, and says whether that came too early; an answer without a length ends
/// with the connection.
pub async fn read_body<R: AsyncRead + Unpin>(
    reader: &mut BufReader<R>,
    headers: &[(String, String)],
    is_answer: bool,
) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    let mut is_truncated = false;
    if let Some(length) = header(headers, "content-length") {
        let length = length.parse().unwrap();
        let _ = reader.take(length).read_to_end(&mut body).await;
        is_truncated = u64::try_from(body.len()).unwrap() < length;
    } else if header(headers, "transfer-encoding") == Some("chunked") {
        is_truncated = read_chunks(reader, &mut body).await.is_none();
    } else if is_answer {
        reader.read_to_end(&mut body).await.unwrap();
    }
    (body, is_truncated)
}

async fn read_chunks<R: AsyncRead + Unpin>(
    reader: &mut BufReader<R>,
    body: &mut Vec<u8>,
) -> Option<()> {
    loop {
        let size = usize::from_str_radix(&read_line(reader).await?, 16).ok()?;
        let start = body.len();
        body.resize(start + size, 0);
        reader.read_exact(&mut body[start..]).await.ok()?;
        read_line(reader).await?;
        if size == 0 {
            return Some(());
        }
    }
}
