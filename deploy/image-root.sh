#!/bin/sh
# Gathers the root of the image: a program, the libraries that it loads, certificates and one account.
set -eu
program=$1 root=$2

rm -rf "$root"
mkdir -p "$root/usr/local/bin" "$root/etc/ssl/certs" "$root/tmp" "$root/data"
cp "$program" "$root/usr/local/bin/expense-tracker"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
ldd "$program" | grep -o '/[^ ]*' | sort -u | while read -r library; do
    cp --parents --dereference "$library" "$root"
done
echo 'nonroot:x:65532:65532::/data:/sbin/nologin' > "$root/etc/passwd"
echo 'nonroot:x:65532:' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
chmod 1777 "$root/tmp"
# A new volume takes over the owner of the folder that it is mounted at. Who may not give folders
# away builds an image that needs a volume with the right owner.
chown 65532:65532 "$root/data"
