"""manifest.py FILE - checks a Kubernetes manifest against the API's own models.

The models are those of Debian's python3-kubernetes, which are made from the API's
description: each knows its fields, their types, and which of them must be there.
Prints a line for each fault, and exits with 1 if there was one, or with 77 where
the models are not to be had.
"""
import re
import sys

try:
    import kubernetes.client
    import yaml
except ImportError as error:
    print(f"skipped: {error} (Debian: python3-kubernetes)")
    sys.exit(77)

PLAIN = {"str": str, "int": int, "bool": bool, "float": (int, float)}
faults = []


def fault(path, what):
    faults.append(f"{path}: {what}")


def check_plain(path, kind, value):
    # To Python a bool is an int.
    if not isinstance(value, PLAIN[kind]) or (
            isinstance(value, bool) and kind != "bool"):
        fault(path, f"is no {kind}: {value!r}")


def check(path, kind, value):
    """KIND is a type as the models write it: list[X], dict(str, X), X."""
    items = re.fullmatch(r"list\[(.*)\]", kind)
    values = re.fullmatch(r"dict\(str, (.*)\)", kind)
    if items:
        if not isinstance(value, list):
            fault(path, "is no list")
            return
        for number, item in enumerate(value):
            check(f"{path}[{number}]", items[1], item)
    elif values:
        if not isinstance(value, dict):
            fault(path, "has no keys")
            return
        for key, item in value.items():
            check(f"{path}.{key}", values[1], item)
    elif kind in PLAIN:
        check_plain(path, kind, value)
    elif kind != "object":
        check_model(path, getattr(kubernetes.client, kind), value)


def check_model(path, model, value):
    if not isinstance(value, dict):
        fault(path, "has no fields")
        return
    names = {field: name for name, field in model.attribute_map.items()}
    for field, item in value.items():
        if field in names:
            check(f"{path}.{field}", model.openapi_types[names[field]], item)
        else:
            fault(path, f"has no field {field}")
    # A model refuses to be made without what must be there.
    present = {names[f]: item for f, item in value.items() if f in names}
    try:
        model(**present)
    except ValueError as error:
        fault(path, error)


def model_of(document):
    group, _, version = document["apiVersion"].rpartition("/")
    # In the models' names only groups of others are named.
    assert group in ("", "apps"), group
    return getattr(kubernetes.client, version.capitalize() + document["kind"])


def check_references(document):
    """What no schema knows: names that have to agree within the manifest."""
    spec = document["spec"]
    template = spec["template"]
    labels = template["metadata"].get("labels", {})
    for key, value in spec["selector"]["matchLabels"].items():
        if labels.get(key) != value:
            fault("spec.selector", f"{key} is not the template's")
    volumes = {volume["name"] for volume in template["spec"]["volumes"]}
    for container in template["spec"]["containers"]:
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes:
                fault("volumeMounts", f"no volume {mount['name']}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    for document in documents:
        check_model(document["kind"], model_of(document), document)
    for document in documents:
        if document["kind"] == "DaemonSet" and not faults:
            check_references(document)
    for line in faults:
        print(line)
    if not any(document["kind"] == "DaemonSet" for document in documents):
        print("no DaemonSet")
        faults.append("")
    sys.exit(1 if faults else 0)


main()
