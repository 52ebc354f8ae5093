"""Debian's boto3 or AWS CLI for the conformance suite: one call a line on standard input, one answer a line back.

The CLI is called as /usr/bin/aws calls it, in one process: half a second of loading is spent once. It brings a
botocore of its own, so that each client has a process.
"""
import base64
import contextlib
import datetime
import io
import json
import re
import sys

CLIENT, ENDPOINT, CA = sys.argv[1:4]


def kebab(operation):
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", operation).lower()


def convert(value, of_bytes):
    """{"$bytes": base64} becomes what the client takes for it."""
    if isinstance(value, dict):
        if "$bytes" in value:
            return of_bytes(value["$bytes"])
        return {key: convert(each, of_bytes) for key, each in value.items()}
    return [convert(each, of_bytes) for each in value] if isinstance(value, list) else value


def as_json(value):
    if isinstance(value, datetime.datetime):
        return value.isoformat()
    raise TypeError(type(value))


def open_boto3():
    import boto3
    from botocore.config import Config
    from botocore.exceptions import ClientError

    session = boto3.session.Session()
    clients = {
        name: session.client(name, endpoint_url=ENDPOINT, verify=CA, config=Config(retries={"max_attempts": 0}))
        for name in ("ses", "sesv2")
    }

    def call(api, operation, given):
        try:
            answer = getattr(clients[api], kebab(operation).replace("-", "_"))(**convert(given, base64.b64decode))
        except ClientError as error:
            response = error.response
            return {
                "code": response["Error"]["Code"],
                "message": response["Error"]["Message"],
                "status": response["ResponseMetadata"]["HTTPStatusCode"],
                # Trap 10: what is caught by its own name was understood.
                "exception": type(error).__name__,
            }
        answer.pop("ResponseMetadata")
        return {"answer": answer}

    return call


def open_cli():
    from awscli.clidriver import create_clidriver

    fixed = ["--endpoint-url", ENDPOINT, "--ca-bundle", CA, "--output", "json", "--cli-binary-format", "base64"]

    def call(api, operation, given):
        out, err = io.StringIO(), io.StringIO()
        arguments = [api, kebab(operation), "--cli-input-json", json.dumps(convert(given, str)), *fixed]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            status = create_clidriver().main(arguments)
        if status == 0:
            return {"answer": json.loads(out.getvalue() or "{}")}
        said = re.search(r"An error occurred \((\w+)\) when calling the \w+ operation[^:]*: ([^\n]*)", err.getvalue())
        if said is None:
            raise RuntimeError(err.getvalue())
        return {"code": said[1], "message": said[2]}

    return call


client = {"boto3": open_boto3, "cli": open_cli}[CLIENT]()
answers = sys.stdout
for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = client(asked["api"], asked["operation"], asked["input"])
    except Exception as error:  # told where the call was made
        answer = {"failure": repr(error)}
    print(json.dumps(answer, default=as_json), file=answers, flush=True)
