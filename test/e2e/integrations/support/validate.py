"""Reads a JSON list of {name, schema, instance} and writes a JSON list of {name, error}."""

import json
import sys

from jsonschema import Draft202012Validator

found = []
for case in json.load(sys.stdin):
    for error in Draft202012Validator(case["schema"]).iter_errors(case["instance"]):
        found.append({"name": case["name"], "error": f"{error.json_path}: {error.message}"})
json.dump(found, sys.stdout)
