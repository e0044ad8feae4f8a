#!/bin/bash
# health <port> <path>: succeeds when this container answers 200 there. Bash alone, so the image needs no HTTP client.
set -u
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf 'GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' "$2" >&3
read -r -t 3 _ status _ <&3 || exit 1
[[ $status == 200 ]]
