"""AWS's own Python client at work with an S3 endpoint.

Reads from stdin {"region", "ca", "keys": [id, secret], "runs": [{"endpoint", "bucket", "checks", ...}]}, as support/boto3.ts
has it, and prints one JSON array: for each run what each of its checks gave, or {"refused": {status, code}}. Never more than
one attempt per call.
"""

import base64
import hashlib
import io
import json
import random
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor

import boto3
import urllib3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

REQUEST = json.load(sys.stdin)
HTTP = urllib3.PoolManager(ca_certs=REQUEST["ca"], retries=False)

ODD_KEYS = [
    "plain.txt",
    "with space.txt",
    " leading and trailing ",
    "a+b+c.txt",
    "percent%.txt",
    "literal%41.txt",
    "literal%2Fslash.txt",
    "ünï/日本語/😀.txt",
    "k=v/x==y=.txt",
    "semi;colon,comma.txt",
    "quotes'\"`.txt",
    "double//slash.txt",
    "a/../b.txt",
    "a/./c.txt",
    "/leading/slash.txt",
    "!$&()*:@~[]{}|^<>\\.txt",
    "question?mark#hash&amp;.txt",
]
PREFIXES = ["", "a+", "with ", "ünï/", "k=v/", "semi;", "quotes'\"", "percent%", "literal%2F", "!$&()*:@~[]{}|^<>\\", "%", "no such"]
METADATA = {
    "blanks": "two  blanks   and more",
    "empty": "",
    "signs": "a=b; c,d \"e\" 'f' %41 +%2B \\ <g>",
    "with-many-dashes_and.dots": "x",
}


def client(run):
    key_id, secret = REQUEST["keys"]
    return boto3.client(
        "s3",
        endpoint_url=run["endpoint"],
        region_name=REQUEST["region"],
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        verify=REQUEST["ca"],
        config=Config(
            retries={"total_max_attempts": 1},
            s3={"addressing_style": "path"},
            # Without this boto3 presigns by version 2.
            signature_version="s3v4",
            read_timeout=30,
            request_checksum_calculation="when_supported" if run["client_checksums"] else "when_required",
        ),
    )


def some_bytes(size):
    return random.Random(size).randbytes(size)


class Work:
    """Each method is a check, each for itself, in a bucket that is there."""

    def __init__(self, run):
        self.run = run
        self.store = client(run)
        self.bucket = {"Bucket": run["bucket"]}

    def at(self, key):
        return {**self.bucket, "Key": key}

    def body(self, key, **options):
        return self.store.get_object(**self.at(key), **options)["Body"].read()

    def bodies(self):
        """By size: what arrives, what is said of it, and the checksum that was stored."""
        return {size: self.body_of(size) for size in self.run["sizes"]}

    def body_of(self, size):
        sent = some_bytes(size)
        self.store.put_object(**self.at(f"body {size}"), Body=sent)
        head = self.store.head_object(**self.at(f"body {size}"), ChecksumMode="ENABLED")
        return {
            "same": self.body(f"body {size}") == sent,
            "length": head["ContentLength"],
            "crc32": head.get("ChecksumCRC32") == base64.b64encode(zlib.crc32(sent).to_bytes(4, "big")).decode(),
            "encoding": head.get("ContentEncoding"),
        }

    def encoding(self):
        """What becomes of an encoding of the client's own."""
        target = self.at("encoded")
        self.store.put_object(**target, Body=some_bytes(70_000), ContentEncoding="gzip")
        return self.store.head_object(**target)["ContentEncoding"]

    def stored_checksums(self):
        """The kinds of checksum that are stored of bodies of each size, and of one in parts."""
        return {**{size: self.stored_checksum(size) for size in self.run["sizes"]}, "parts": self.multipart()}

    def stored_checksum(self, size):
        target = self.at(f"stored {size}")
        self.store.put_object(**target, Body=some_bytes(size))
        head = self.store.head_object(**target, ChecksumMode="ENABLED")
        return [name for name in head if name.startswith("Checksum") and name != "ChecksumType"]

    def keys(self):
        return {key: self.odd_key(key) for key in ODD_KEYS}

    def odd_key(self, key):
        sent = f"body of {key}".encode()
        copy = f"copies/{key}"
        self.store.put_object(**self.at(key), Body=sent)
        self.store.copy_object(**self.at(copy), CopySource=self.at(key))
        copied = self.store.head_object(**self.at(copy))["ContentLength"] == len(sent)
        same = self.body(key) == sent
        self.store.delete_object(**self.at(copy))
        self.store.delete_object(**self.at(key))
        return {"same": same, "copied": copied}

    def listing(self):
        """Each way to list, as against the same done here."""
        # The server keeps objects as files, where empty and dotted segments are one with others.
        plain = (f"list/{key}" for key in ODD_KEYS if "//" not in f"/{key}" and "/." not in key)
        keys = sorted(plain, key=lambda key: key.encode())
        for key in keys:
            self.store.put_object(**self.at(key), Body=b"x")
        listed = lambda **options: [
            item["Key"]
            for page in self.store.get_paginator("list_objects_v2").paginate(**self.bucket, **options)
            for item in page.get("Contents", [])
        ]
        wrong = [
            prefix
            for prefix in PREFIXES
            if listed(Prefix=f"list/{prefix}") != [key for key in keys if key.startswith(f"list/{prefix}")]
        ]
        folders = self.store.list_objects_v2(**self.bucket, Prefix="list/", Delimiter="/").get("CommonPrefixes", [])
        paged = listed(Prefix="list/", PaginationConfig={"PageSize": 2}) == keys
        after = listed(Prefix="list/", StartAfter=keys[4]) == keys[5:]
        gone = self.store.delete_objects(**self.bucket, Delete={"Objects": [{"Key": key} for key in keys]})
        return {
            "wrong prefixes": wrong,
            "folders": sorted(folder["Prefix"] for folder in folders),
            "paged": paged,
            "after": after,
            "deleted": len(gone["Deleted"]) == len(keys),
            "left": listed(Prefix="list/"),
        }

    def ranges(self):
        self.store.put_object(**self.at("ranges"), Body=bytes(range(256)))
        ranges = ["bytes=0-0", "bytes=5-9", "bytes=250-", "bytes=-3"]
        return {range_: list(self.body("ranges", Range=range_)) for range_ in ranges}

    def metadata(self):
        target = self.at("metadata")
        headers = {
            "ContentType": 'text/x-odd;  charset="utf-8"; q=1',
            "CacheControl": "max-age=1,  private",
            "ContentDisposition": "attachment; filename=\"a b+c&d.bin\"",
            "ContentLanguage": "de, en",
        }
        self.store.put_object(**target, Body=b"{}", Metadata=METADATA, Tagging="a=b%20c&d%2Be=f", **headers)
        head = self.store.head_object(**target)
        given = 'inline; filename="x y+z&.txt"'
        got = self.store.get_object(**target, ResponseContentDisposition=given, ResponseContentType="a/b; c=d e")
        return {
            "metadata": head["Metadata"],
            "headers": {name: " ".join(head[name].split()) for name in headers},
            "overridden": got["ContentDisposition"] == given and got["ContentType"] == "a/b; c=d e",
            "tags": {tag["Key"]: tag["Value"] for tag in self.store.get_object_tagging(**target)["TagSet"]},
        }

    def multipart(self):
        """Parts one by one, one of them copied, and the same by the transfer manager; then one upload given up."""
        size = self.run["part_bytes"]
        target = self.at("in parts/ü +.bin")
        upload = {**target, "UploadId": self.store.create_multipart_upload(**target)["UploadId"]}
        bodies = [some_bytes(size), some_bytes(size + 1), b"the end"]
        self.store.put_object(**self.at("a part"), Body=bodies[1])
        etags = [
            self.store.upload_part(**upload, PartNumber=1, Body=bodies[0])["ETag"],
            self.store.upload_part_copy(**upload, PartNumber=2, CopySource=self.at("a part"))["CopyPartResult"]["ETag"],
            self.store.upload_part(**upload, PartNumber=3, Body=bodies[2])["ETag"],
        ]
        listed = [part["Size"] for part in self.store.list_parts(**upload)["Parts"]]
        parts = [{"ETag": etag, "PartNumber": number} for number, etag in enumerate(etags, 1)]
        self.store.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})

        sent = b"".join(bodies)
        transfer = TransferConfig(
            multipart_threshold=size, multipart_chunksize=size, max_concurrency=3, preferred_transfer_client="classic"
        )
        self.store.upload_fileobj(io.BytesIO(sent), **self.at("transferred"), Config=transfer)
        received = io.BytesIO()
        self.store.download_fileobj(**self.at("transferred"), Fileobj=received, Config=transfer)

        given_up = self.at("given up")
        given_up["UploadId"] = self.store.create_multipart_upload(**given_up)["UploadId"]
        self.store.upload_part(**given_up, PartNumber=1, Body=b"some")
        self.store.abort_multipart_upload(**given_up)
        return {
            "listed": listed == [len(body) for body in bodies],
            "same": self.body("in parts/ü +.bin") == sent,
            "transferred": received.getvalue() == sent,
            "open": len(self.store.list_multipart_uploads(**self.bucket).get("Uploads", [])),
        }

    def presigned(self):
        """URLs that the client signed with keys that are none."""
        key = "presigned/ü +%41 &=.txt"
        url = lambda call, **more: self.store.generate_presigned_url(call, Params={**self.at(key), **more}, ExpiresIn=60)
        sent = some_bytes(5000)
        headers = {"Content-Type": "text/x-odd"}
        put = HTTP.request("PUT", url("put_object", ContentType="text/x-odd"), body=sent, headers=headers)
        got = HTTP.request("GET", url("get_object", ResponseContentType="a/b; c=d"))
        part = HTTP.request("GET", url("get_object"), headers={"Range": "bytes=1-3"})
        head = HTTP.request("HEAD", url("head_object"))
        deleted = HTTP.request("DELETE", url("delete_object"))
        return {
            "put": put.status,
            "got": [got.status, got.data == sent, got.headers["content-type"]],
            "part": [part.status, part.data == sent[1:4]],
            "head": [head.status, head.headers["content-length"]],
            "deleted": deleted.status,
        }

    def checksums(self):
        """What the client computes, as the server keeps it."""
        sent = some_bytes(70_000)
        digest = lambda name: base64.b64encode(hashlib.new(name, sent).digest()).decode()
        expected = {
            "CRC32": base64.b64encode(zlib.crc32(sent).to_bytes(4, "big")).decode(),
            "SHA1": digest("sha1"),
            "SHA256": digest("sha256"),
        }
        return {name: self.kept_checksum(name, sent) == value for name, value in expected.items()}

    def kept_checksum(self, name, sent):
        target = self.at(f"checksum {name}")
        self.store.put_object(**target, Body=sent, ChecksumAlgorithm=name)
        return self.store.head_object(**target, ChecksumMode="ENABLED").get(f"Checksum{name}")

    def probe(self):
        """Reads and writes that must not work; none has a body, which a server that refuses early would not read."""
        calls = {
            "list": lambda: self.store.list_objects_v2(**self.bucket),
            "get": lambda: self.store.get_object(**self.at("probe")),
            "put": lambda: self.store.copy_object(**self.at("probe"), CopySource=self.at("other")),
            "delete": lambda: self.store.delete_object(**self.at("probe")),
        }
        return {name: attempt(lambda: call() and "done") for name, call in calls.items()}


def attempt(call):
    try:
        return call()
    except ClientError as error:
        answer = error.response
        return {"refused": {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "code": answer["Error"].get("Code")}}


def results(run):
    work = Work(run)
    if run.get("create", True):
        work.store.create_bucket(**work.bucket, CreateBucketConfiguration={"LocationConstraint": REQUEST["region"]})
    return {check: attempt(getattr(work, check)) for check in run["checks"]}


with ThreadPoolExecutor(2) as pool:
    print(json.dumps(list(pool.map(results, REQUEST["runs"]))))
