#include "kind.h"
#include <criterion/criterion.h>
#include <string.h>

/* What a process is, by its name and its words. */

static void expect(enum host_kind kind, const char *name, const char *comm, const char *line)
{
    struct host_who who = host_who(comm, line);

    cr_expect(who.kind == kind && strcmp(who.name, name) == 0, "%s | %s is %d %s", comm, line,
              (int)who.kind, who.name);
}

Test(kind, gateways)
{
    expect(KIND_GATEWAY, "IB Gateway", "java",
           "/opt/i4j_jres/1.8/bin/java -splash:x -cp /home/u/Jts/ibgateway/1041/jars/a.jar "
           "ibgateway.GWClient");
    expect(KIND_GATEWAY, "IB Gateway", "java", "java -cp x ibcalpha.ibc.IbcGateway /c.ini");
    expect(KIND_TWS, "TWS", "java", "java -cp Jts/ibgateway/x ibcalpha.ibc.IbcTws /c.ini");
    expect(KIND_GATEWAY, "IB Gateway", "ibgateway", "/home/u/Jts/ibgateway/1041/ibgateway");
    expect(KIND_GATEWAY, "IB Gateway", "ibgateway1", "");
    expect(KIND_TWS, "TWS", "tws", "./tws");
    expect(KIND_GATEWAY, "IB Gateway", "JavaApplicationS", "JavaApplicationStub -Dx=ibgateway");
}

Test(kind, other_programs)
{
    expect(KIND_JAVA, "a Java program", "java", "java -jar trader.jar");
    expect(KIND_OTHER, "another program", "python3", "python3 trade.py --host ibgateway");
    expect(KIND_OTHER, "another program", "", "");
    expect(KIND_OTHER, "another program", "twsx", "twsx");
    expect(KIND_STANDIN, "twstap, a stand-in", "twstap", "twstap serve healthy");
}

Test(kind, relays)
{
    expect(KIND_RELAY, "socat", "socat", "socat TCP-LISTEN:4004,fork TCP:127.0.0.1:4002");
    expect(KIND_RELAY, "docker-proxy", "docker-proxy", "/usr/bin/docker-proxy -proto tcp");
    expect(KIND_RELAY, "sshd", "sshd-session", "sshd: u@notty");
    expect(KIND_RELAY, "twstap proxy", "twstap", "twstap proxy --upstream 127.0.0.1:4002");
}

Test(kind, ports)
{
    cr_expect_str_eq(host_port(4002), "IB Gateway, paper");
    cr_expect_null(host_port(80));
    for (size_t i = 0; i < host_ports_len; i++)
        cr_expect_not_null(host_port(host_ports[i]));
}
