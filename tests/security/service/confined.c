/* SPDX-License-Identifier: AGPL-3.0-or-later
 * usage: confined CALLS PROGRAM [ARGUMENT...]
 *
 * Runs the program as systemd does for a unit with NoNewPrivileges, CapabilityBoundingSet=, SystemCallFilter (whose calls are the
 * lines of the file CALLS), RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6, RestrictNamespaces and MemoryDenyWriteExecute: what
 * is not allowed fails with EPERM. Source: systemd.exec(5), systemd 252. */
#include <errno.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define NAMESPACES                                                                                           \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID |            \
     CLONE_NEWNET)
#define WRITE_EXEC ((scmp_datum_t)PROT_WRITE | PROT_EXEC)

static void require(int result, const char *what)
{
    if (result >= 0)
        return;
    fprintf(stderr, "confined: %s: %s\n", what, strerrordesc_np(-result));
    _exit(99);
}

/* A call that is allowed while the bits of one argument are so. */
static void allow_when(scmp_filter_ctx filter, int call, unsigned argument, scmp_datum_t mask,
                       scmp_datum_t bits)
{
    struct scmp_arg_cmp compare = SCMP_CMP(argument, SCMP_CMP_MASKED_EQ, mask, bits);
    require(seccomp_rule_add_array(filter, SCMP_ACT_ALLOW, call, 1, &compare), "a rule with an argument");
}

static void allow_memory(scmp_filter_ctx filter)
{
    allow_when(filter, SCMP_SYS(mprotect), 2, PROT_EXEC, 0);
    allow_when(filter, SCMP_SYS(pkey_mprotect), 2, PROT_EXEC, 0);
    allow_when(filter, SCMP_SYS(mmap), 2, WRITE_EXEC, 0);
    allow_when(filter, SCMP_SYS(mmap), 2, WRITE_EXEC, PROT_WRITE);
    allow_when(filter, SCMP_SYS(mmap), 2, WRITE_EXEC, PROT_EXEC);
}

static void allow_sockets(scmp_filter_ctx filter)
{
    static const int families[] = {AF_UNIX, AF_INET, AF_INET6};
    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        allow_when(filter, SCMP_SYS(socket), 0, UINT32_MAX, (scmp_datum_t)families[i]);
}

/* Calls that are allowed in part, or not at all, whatever the list says. */
static int is_judged_apart(const char *name)
{
    static const char *const names[] = {"mprotect", "pkey_mprotect", "mmap",    "socket",
                                        "clone",    "clone3",        "unshare", "setns"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0)
            return 1;
    }
    return 0;
}

static void allow_listed(scmp_filter_ctx filter, const char *path)
{
    char name[128];
    int count = 0;
    FILE *file = fopen(path, "re");
    require(file == NULL ? -errno : 0, path);
    for (; fgets(name, sizeof(name), file) != NULL; count++) {
        name[strcspn(name, "\n")] = '\0';
        int call = seccomp_syscall_resolve_name(name);
        if (call == __NR_SCMP_ERROR || call < 0 || is_judged_apart(name)) /* another architecture's */
            continue;
        require(seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 0), name);
    }
    (void)fclose(file);
    require(count > 100 ? 0 : -EINVAL, "the list of calls");
}

static void drop_capabilities(void)
{
    for (int capability = 0; geteuid() == 0 && capability <= CAP_LAST_CAP; capability++)
        (void)prctl(PR_CAPBSET_DROP, capability, 0, 0, 0); /* one that the kernel does not know */
}

int main(int argc, char **argv)
{
    require(argc < 3 ? -EINVAL : 0, "usage: confined CALLS PROGRAM [ARGUMENT...]");
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    require(filter == NULL ? -ENOMEM : 0, "a filter");
    allow_listed(filter, argv[1]);
    allow_memory(filter);
    allow_sockets(filter);
    allow_when(filter, SCMP_SYS(clone), 0, NAMESPACES, 0);
    require(seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3), 0), "clone3");
    drop_capabilities();
    require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : -errno, "no new privileges");
    require(seccomp_load(filter), "the filter");
    seccomp_release(filter);
    execv(argv[2], argv + 2);
    require(-errno, argv[2]);
}
