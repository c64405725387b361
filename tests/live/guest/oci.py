"""oci.py MANIFEST ROOT DIRECTORY - makes what a node makes of a DaemonSet.

Writes DIRECTORY/config.json, for an OCI runtime: the first container of MANIFEST,
with ROOT as its image, and with the arguments, the user, the capabilities, the
system call filter, the mounts and the limits that the manifest asks for, and no
others. What Kubernetes does where a manifest is silent is done here as well.
"""
import json
import os
import platform
import sys

import yaml

DEFAULT_PROFILE = "/usr/share/containers/seccomp.json"
UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}
# The namespaces that a container always has, and those that it may share.
NAMESPACES = {"mount": None, "uts": None, "ipc": "hostIPC", "pid": "hostPID",
              "network": "hostNetwork"}
MOUNTS = [
    ("proc", "/proc", "proc", []),
    ("tmpfs", "/dev", "tmpfs", ["nosuid", "mode=755", "size=65536k"]),
    ("sysfs", "/sys", "sysfs", ["nosuid", "noexec", "nodev", "ro"]),
]


def quantity(text):
    return int(text[:-2]) * UNITS[text[-2:]]


def kernel():
    return [int(part) for part in platform.release().split(".")[:2]]


def holds(rule, capabilities):
    """Is a rule of the default profile for a container with these?"""
    wanted, refused = rule.get("includes", {}), rule.get("excludes", {})
    least = [int(part) for part in wanted.get("minKernel", "0").split(".")]
    return (set(wanted.get("caps", [])) <= set(capabilities)
            and "amd64" in wanted.get("arches", ["amd64"])
            and kernel() >= least
            and not set(refused.get("caps", [])) & set(capabilities)
            and "amd64" not in refused.get("arches", []))


def seccomp(context, capabilities):
    kind = context.get("seccompProfile", {}).get("type", "Unconfined")
    if kind == "Unconfined":
        return None
    assert kind == "RuntimeDefault", kind
    with open(DEFAULT_PROFILE, encoding="utf-8") as file:
        profile = json.load(file)
    keys = ("names", "action", "args", "errnoRet")
    return {
        "defaultAction": profile["defaultAction"],
        "defaultErrnoRet": profile.get("defaultErrnoRet", 1),
        "architectures": ["SCMP_ARCH_X86_64"],
        "syscalls": [
            {key: rule[key] for key in keys if rule.get(key)}
            for rule in profile["syscalls"] if holds(rule, capabilities)],
    }


def mount(volume, where):
    options = ["ro" if where.get("readOnly") else "rw"]
    if "hostPath" in volume:
        source = volume["hostPath"]["path"]
        assert os.path.isdir(source), source
        return {"type": "bind", "source": source, "options": ["rbind"] + options,
                "destination": where["mountPath"]}
    assert volume["emptyDir"]["medium"] == "Memory", volume
    size = quantity(volume["emptyDir"]["sizeLimit"])
    return {"type": "tmpfs", "source": "tmpfs",
            "options": options + [f"size={size}", "mode=1777"],
            "destination": where["mountPath"]}


def mounts(pod, container):
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    result = [{"type": kind, "source": source, "destination": to,
               "options": options} for source, to, kind, options in MOUNTS]
    return result + [mount(volumes[where["name"]], where)
                     for where in container["volumeMounts"]]


def process(container, capabilities):
    context = container["securityContext"]
    return {
        "args": ["tcpv4connect"] + container["args"],
        "cwd": "/",
        "env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin"],
        "user": {"uid": context["runAsUser"], "gid": context["runAsGroup"]},
        "noNewPrivileges": not context["allowPrivilegeEscalation"],
        "capabilities": {kind: capabilities for kind in (
            "bounding", "effective", "permitted")},
    }


def config(pod, root):
    container = pod["containers"][0]
    context = container["securityContext"]
    assert context["capabilities"]["drop"] == ["ALL"]
    capabilities = ["CAP_" + name for name in context["capabilities"]["add"]]
    return {
        "ociVersion": "1.0.0",
        "root": {"path": root, "readonly": context["readOnlyRootFilesystem"]},
        "hostname": "pod",
        "process": process(container, capabilities),
        "mounts": mounts(pod, container),
        "linux": {
            "namespaces": [{"type": kind} for kind, shared in
                           NAMESPACES.items() if not pod.get(shared)],
            "seccomp": seccomp(context, capabilities),
            "resources": {"memory": {"limit": quantity(
                container["resources"]["limits"]["memory"])}},
            "maskedPaths": ["/proc/acpi", "/proc/kcore", "/proc/keys",
                            "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq",
                              "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def main():
    manifest, root, directory = sys.argv[1:]
    with open(manifest, encoding="utf-8") as file:
        documents = list(yaml.safe_load_all(file))
    pod = next(document["spec"]["template"]["spec"] for document in documents
               if document["kind"] == "DaemonSet")
    with open(directory + "/config.json", "w", encoding="utf-8") as file:
        json.dump(config(pod, root), file, indent=1)


main()
