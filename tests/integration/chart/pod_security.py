"""Pod Security Standards, level "restricted", for a pod template: what of it is broken.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

VOLUMES = {
    "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected",
    "secret",
}  # fmt: skip
SYSCTLS = {
    "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range",
}  # fmt: skip
SELINUX_TYPES = {None, "", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"}
SECCOMP = {"RuntimeDefault", "Localhost"}


def broken_rules(template):
    spec = template["spec"]
    pod = spec.get("securityContext", {})
    out = [name for name in ("hostNetwork", "hostPID", "hostIPC") if spec.get(name)]
    out += [f"volume {v['name']}" for v in spec.get("volumes", []) if not set(v) - {"name"} <= VOLUMES]
    out += [f"sysctl {s['name']}" for s in pod.get("sysctls", []) if s["name"] not in SYSCTLS]
    out += broken_of_any(pod)
    for name, value in template["metadata"].get("annotations", {}).items():
        if name.startswith("container.apparmor.security.beta.kubernetes.io/"):
            if value != "runtime/default" and not value.startswith("localhost/"):
                out.append("AppArmor")
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        for each in spec.get(kind, []):
            out += [f"{each['name']}: {rule}" for rule in broken_of_container(each, pod)]
    return out


def broken_of_any(context):
    """Rules for pods and containers alike."""
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield "hostProcess"
    if context.get("runAsUser") == 0:
        yield "runAsUser is root"
    linux = context.get("seLinuxOptions", {})
    if linux.get("type") not in SELINUX_TYPES or linux.get("user") or linux.get("role"):
        yield "seLinuxOptions"
    if context.get("seccompProfile", {}).get("type", "RuntimeDefault") not in SECCOMP:
        yield "seccomp is unconfined"
    if context.get("runAsNonRoot") is False:
        yield "runAsNonRoot is false"


def broken_of_container(each, pod):
    own = each.get("securityContext", {})
    yield from broken_of_any(own)
    if own.get("privileged"):
        yield "privileged"
    if own.get("allowPrivilegeEscalation") is not False:
        yield "allowPrivilegeEscalation"
    if not (own.get("runAsNonRoot") or pod.get("runAsNonRoot")):
        yield "runAsNonRoot is not said"
    if not (own.get("seccompProfile") or pod.get("seccompProfile")):
        yield "seccomp is not said"
    if "ALL" not in own.get("capabilities", {}).get("drop", []):
        yield "capabilities are not dropped"
    if not set(own.get("capabilities", {}).get("add", [])) <= {"NET_BIND_SERVICE"}:
        yield "capabilities are added"
    if own.get("procMount", "Default") != "Default":
        yield "procMount"
    if any(port.get("hostPort") for port in each.get("ports", [])):
        yield "hostPort"
