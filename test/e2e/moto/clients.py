"""AWS's own Python client against the endpoints that it is told.

Reads from stdin {"region", "keys", "name", "run": "work" | "probe", "endpoints": {service: URL}} and prints one JSON object:
per service what the operations gave, or {"refused": {status, code, message}}.
`keys` is [id, secret, session token or null], or null for requests without a signature.
`name` is a prefix for what is made, so that runs against one AWS do not meet. Never more than one attempt per call.
"""

import json
import re
import sys

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

REQUEST = json.load(sys.stdin)
NAME = REQUEST["name"]

ODD_KEYS = [
    "plain.txt",
    "folder/with space.txt",
    "a+b+c.txt",
    "ünï/日本語/😀.txt",
    "k=v/x==y=.txt",
    "literal%41.txt",
    "literal%2Fslash.txt",
    "double//slash.txt",
    "a/../b.txt",
    "a/./b.txt",
    "tail/",
    "!$&'()*,;:@~[]{}|^`\"<>.txt",
    "question?mark#hash.txt",
]


def client(service):
    key_id, secret, token = REQUEST["keys"] or [None, None, None]
    unsigned = {} if key_id else {"signature_version": UNSIGNED}
    return boto3.client(
        service,
        endpoint_url=REQUEST["endpoints"][service],
        region_name=REQUEST["region"],
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"}, read_timeout=20, **unsigned),
    )


def refusal(error):
    answer = error.response
    code, message = answer["Error"].get("Code", ""), answer["Error"].get("Message", "")
    # Moto answers XML to clients of JSON services, too, of which they make its whole text the message.
    in_xml = re.search(r"<Code>(\w+)</Code>\s*<Message>([^<]*)", message)
    if in_xml:
        code, message = in_xml.groups()
    status = answer["ResponseMetadata"]["HTTPStatusCode"]
    return {"refused": {"status": status, "code": code, "message": message}}


def attempt(call, **parameters):
    try:
        call(**parameters)
    except ClientError as error:
        return refusal(error)
    return {"done": True}


def sts():
    return {"arn": client("sts").get_caller_identity()["Arn"]}


def dynamodb():
    db = client("dynamodb")
    table = {"TableName": f"{NAME}-things"}
    text = lambda value: {"S": value}
    db.create_table(
        **table,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    db.put_item(**table, Item={"id": text("größe 1"), "note": text("x" * 3000)})
    got = db.get_item(**table, Key={"id": text("größe 1")})["Item"]
    query = {"KeyConditionExpression": "id = :id", "ExpressionAttributeValues": {":id": text("größe 1")}}
    found = db.query(**table, **query)["Count"]
    db.delete_item(**table, Key={"id": text("größe 1")})
    left = db.query(**table, **query)["Count"]
    forbidden = attempt(db.delete_table, **table)
    return {"note": len(got["note"]["S"]), "found": found, "left": left, "forbidden": forbidden}


def sqs():
    queues = client("sqs")
    url = queues.create_queue(QueueName=f"{NAME}-queue")["QueueUrl"]
    queues.send_message(QueueUrl=url, MessageBody="grüße & <more>")
    received = queues.receive_message(QueueUrl=url, WaitTimeSeconds=0)["Messages"]
    for message in received:
        queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    left = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    in_queue = [left["ApproximateNumberOfMessages"], left["ApproximateNumberOfMessagesNotVisible"]]
    return {"received": [message["Body"] for message in received], "left": in_queue}


def sns():
    topics = client("sns")
    arn = topics.create_topic(Name=f"{NAME}-topic")["TopicArn"]
    published = topics.publish(TopicArn=arn, Message="a=b&c=d+e %41 ü", Subject="two words")
    listed = [topic["TopicArn"] for topic in topics.list_topics()["Topics"]]
    return {"published": "MessageId" in published, "listed": arn in listed}


def kms():
    keys = client("kms")
    key_id = keys.create_key(Description="of a test")["KeyMetadata"]["KeyId"]
    sealed = keys.encrypt(KeyId=key_id, Plaintext="geheim ✓".encode())["CiphertextBlob"]
    return {"opened": keys.decrypt(CiphertextBlob=sealed)["Plaintext"].decode()}


def s3():
    store = client("s3")
    bucket = {"Bucket": f"{NAME}-bucket"}
    store.create_bucket(**bucket, CreateBucketConfiguration={"LocationConstraint": REQUEST["region"]})
    keys = {key: attempt(odd_key, store=store, bucket=bucket, key=key) for key in ODD_KEYS}
    listed = [item["Key"] for item in store.list_objects_v2(**bucket)["Contents"]]
    prefixed = store.list_objects_v2(**bucket, Prefix="a+b", Delimiter="/")["KeyCount"]

    large = bytes(range(256)) * 1200
    metadata = {"note": "two  blanks   and more", "empty": ""}
    store.put_object(**bucket, Key="large", Body=large, ContentType="image/x;  q=1", Metadata=metadata)
    got = store.get_object(**bucket, Key="large", ResponseContentDisposition='attachment; filename="a b+c&d.bin"')
    tail = store.get_object(**bucket, Key="large", Range="bytes=-3")["Body"].read()
    store.put_object(**bucket, Key="empty", Body=b"")
    deleted = store.delete_objects(**bucket, Delete={"Objects": [{"Key": key} for key in [*listed, "large", "empty"]]})
    return {
        "keys": keys,
        "listed": listed,
        "prefixed": prefixed,
        "large": got["Body"].read() == large,
        "disposition": got["ContentDisposition"],
        "tail": list(tail),
        "parts": multipart(store, bucket),
        "deleted": len(deleted["Deleted"]),
        "left": [item["Key"] for item in store.list_objects_v2(**bucket).get("Contents", [])],
    }


def odd_key(store, bucket, key):
    body = f"body of {key}".encode()
    store.put_object(**bucket, Key=key, Body=body)
    assert store.get_object(**bucket, Key=key)["Body"].read() == body, "another object than was put"
    store.copy_object(**bucket, Key=f"{key} copied", CopySource={**bucket, "Key": key})
    assert store.head_object(**bucket, Key=f"{key} copied")["ContentLength"] == len(body), "another object than was copied"
    store.delete_object(**bucket, Key=f"{key} copied")


def multipart(store, bucket):
    target = {**bucket, "Key": "in parts/ü +.bin"}
    upload = {**target, "UploadId": store.create_multipart_upload(**target)["UploadId"]}
    part = store.upload_part(**upload, PartNumber=1, Body=b"the only part")
    store.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"ETag": part["ETag"], "PartNumber": 1}]})
    size = store.head_object(**target)["ContentLength"]
    store.delete_object(**target)
    return size


def probe(service):
    """Reads and writes without what an earlier call made, each on its own."""
    calls = {
        "dynamodb": [("list_tables", {}), ("delete_table", {"TableName": "none"})],
        "sqs": [("list_queues", {}), ("create_queue", {"QueueName": NAME})],
        "sns": [("list_topics", {}), ("create_topic", {"Name": NAME})],
        "kms": [("list_keys", {}), ("create_key", {})],
        "sts": [("get_caller_identity", {})],
        "s3": [
            ("list_buckets", {}),
            ("create_bucket", {"Bucket": NAME, "CreateBucketConfiguration": {"LocationConstraint": REQUEST["region"]}}),
            ("put_object", {"Bucket": NAME, "Key": "key", "Body": b"body"}),
            ("get_object", {"Bucket": NAME, "Key": "key"}),
            ("delete_object", {"Bucket": NAME, "Key": "key"}),
        ],
    }
    target = client(service)
    return {name: attempt(getattr(target, name), **parameters) for name, parameters in calls[service]}


WORK = {"sts": sts, "dynamodb": dynamodb, "sqs": sqs, "sns": sns, "kms": kms, "s3": s3}


def result(service):
    try:
        return probe(service) if REQUEST["run"] == "probe" else WORK[service]()
    except ClientError as error:
        return refusal(error)


print(json.dumps({service: result(service) for service in REQUEST["endpoints"]}))
