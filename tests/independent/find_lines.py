"""Which lines of which logs hold which indicators: a second opinion on `ward watch match`.

Written from the formats' own descriptions (Apache mod_log_config, Suricata EVE, Zeek TSV and JSON), not from Ward's code,
slowly and plainly. Nothing but the standard library.

    find_lines.py find PATTERNS LOG...    one line "pattern <TAB> log <TAB> line number" for each hit, sorted
    find_lines.py take LOG...             patterns taken from the logs, with decoys that must match less than they seem to
"""

import gzip
import ipaddress
import json
import re
import sys

ACCESS = re.compile(
    r'^(?P<before>.*?) \[\d\d/[A-Z][a-z][a-z]/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] '
    r'"(?P<request>(?:[^"\\]|\\.)*)" (?P<status>\d{3}) (?P<size>\d+|-)(?P<after>.*)$',
    re.DOTALL,
)
AFTER = re.compile(r'^ "(?P<referer>(?:[^"\\]|\\.)*)" "(?P<agent>(?:[^"\\]|\\.)*)"(?: .*)?$', re.DOTALL)
UNRESERVED = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"


def address(text):
    text = text.strip().strip('"')
    if text.startswith("[") and text.endswith("]"):
        text = text[1:-1]
    try:
        found = ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def domain(text):
    name = text.strip().lower()
    name = name[:-1] if name.endswith(".") else name
    labels = name.split(".")
    fine = all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels)
    return name if fine and len(name) <= 253 and not labels[-1].isdigit() else None


def authority(text, default_ports):
    text = text.split("@")[-1]
    match = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d*))?", text)
    if not match:
        return None
    host, port = match.group(1), match.group(2) or ""
    found = address(host)
    if found is not None:
        host = f"[{found}]" if found.version == 6 else str(found)
    else:
        host = domain(host)
    if not host or (port and int(port) > 65535):
        return None
    return host if not port or int(port) in default_ports else f"{host}:{int(port)}"


def path(text):
    text = text.split("#")[0]

    def decode(found):
        character = chr(int(found.group(1), 16))
        return character if character in UNRESERVED else found.group(0)

    return re.sub(r"%([0-9A-Fa-f]{2})", decode, text)


def url(text):
    """host/path?query, or None."""
    text = text.strip()
    match = re.match(r"^([A-Za-z][A-Za-z0-9+.-]*)://", text)
    ports = {"http": [80], "https": [443], "ftp": [21]}.get(match.group(1).lower(), []) if match else [80, 443]
    rest = text[match.end():] if match else text
    end = next((at for at, character in enumerate(rest) if character in "/?#"), len(rest))
    host = authority(rest[:end], ports)
    if host is None:
        return None
    target = path(rest[end:])
    return host + (target if target.startswith("/") else "/" + target)


class Seen:
    """What one line shows."""

    def __init__(self):
        self.addresses, self.domains, self.urls, self.hashes, self.agents = set(), set(), set(), set(), set()

    def address(self, text):
        found = address(text) if text else None
        if found is not None:
            self.addresses.add(found)
        return found

    def domain(self, text):
        found = domain(text) if text else None
        if found:
            self.domains.add(found)

    def hash(self, text):
        if text and re.fullmatch(r"[0-9A-Fa-f:]+", text):
            self.hashes.add(text.replace(":", "").lower())

    def agent(self, text):
        if text and text != "-":
            self.agents.add(text)

    def referer(self, text):
        if text and "://" in text:
            found = url(text)
            if found:
                self.urls.add(found)
                self.host_domain(found.split("/")[0])

    def host_domain(self, host):
        if not host.startswith("["):
            self.domain(host.split(":")[0])

    def request(self, host, target):
        if target and "://" in target.split("?")[0] and not target.startswith("/"):
            found = url(target)
            if found:
                self.urls.add(found)
                self.host_domain(found.split("/")[0])
        elif target and target.startswith("/") and host:
            name = authority(host.strip(), [80, 443])
            if name:
                self.urls.add(name + path(target))


def unescape(text):
    """Apache's and nginx's escapes, as latin-1 so that a byte is a character."""
    simple = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "v": "\v", "f": "\f"}

    def one(found):
        code = found.group(1)
        return chr(int(code[1:], 16)) if code[0] == "x" and len(code) == 3 else simple.get(code, code)

    return re.sub(r"\\(x[0-9A-Fa-f]{2}|.)", one, text, flags=re.DOTALL)


def access_line(line):
    match = ACCESS.match(line)
    if not match:
        return None
    after = match.group("after")
    fields = AFTER.match(after)  # absent in the common format, and where the line was cut within them
    seen = Seen()
    before = match.group("before").strip()
    vhost = None
    if "," in before or before.startswith('"'):
        # A list of forwarding hosts, then identity and user.
        for host in [host for host in re.split(r'[ ,"]+', before) if host][:-2]:
            if seen.address(host) is None:
                seen.domain(host)
    else:
        first, second = (before.split(" ") + [""])[:2]
        if address(first) is None and (address(second) is not None or domain(second)) and second != "-":
            vhost, first = first, second
            seen.domain(vhost.split(":")[0])
        if seen.address(first) is None:
            seen.domain(first)
    words = unescape(match.group("request")).split(" ")
    if len(words) > 1:
        has_version = len(words) > 2 and words[-1].startswith("HTTP/")
        seen.request(vhost, " ".join(words[1:-1] if has_version else words[1:]))
    if fields:
        seen.referer(unescape(fields.group("referer")))
        seen.agent(unescape(fields.group("agent")))
    return seen


def lists(value):
    return value if isinstance(value, list) else [] if value is None else [value]


def eve_line(event):
    if event["event_type"] == "stats":
        return None
    seen = Seen()
    alert, http, flow = event.get("alert", {}), event.get("http", {}), event.get("flow", {})
    ends = [event.get("src_ip"), event.get("dest_ip"), flow.get("src_ip"), flow.get("dest_ip")]
    ends += [alert.get("source", {}).get("ip"), alert.get("target", {}).get("ip")]
    for text in ends:
        seen.address(text)
    for text in [event.get("xff"), alert.get("xff"), http.get("xff")]:
        for hop in (text or "").split(","):
            seen.address(hop)
    headers = {header.get("name", "").lower(): header.get("value") for header in lists(http.get("request_headers"))}
    host = http.get("hostname") or headers.get(":authority") or headers.get("host")
    port = http.get("http_port")
    if host:
        seen.host_domain(host)
        host = host if ":" in host or port in (None, 80, 443) else f"{host}:{port}"
    seen.request(host, http.get("url") or headers.get(":path"))
    seen.referer(http.get("http_refer") or headers.get("referer"))
    seen.agent(http.get("http_user_agent") or headers.get("user-agent"))
    dns_records(seen, event.get("dns", {}))
    seen.domain(event.get("tls", {}).get("sni"))
    for file in lists(event.get("fileinfo")) + lists(event.get("files")):
        for name in ("md5", "sha1", "sha256"):
            seen.hash(file.get(name))
    return seen


def dns_records(seen, record):
    seen.domain(record.get("rrname"))
    data = record.get("rdata")
    if data and seen.address(data) is None and record.get("rrtype") in ("CNAME", "DNAME", "NS", "PTR", "MX", "SRV"):
        seen.domain(data)
    for name in ("query", "queries", "answer", "answers", "authorities", "additionals"):
        for inner in lists(record.get(name)):
            if isinstance(inner, dict):
                dns_records(seen, inner)
    for kind, values in (record.get("grouped") or {}).items():
        for value in lists(values):
            if kind in ("A", "AAAA"):
                seen.address(value)
            elif kind in ("CNAME", "NS", "PTR", "MX", "SRV"):
                seen.domain(value.get("name") if isinstance(value, dict) else value)


def zeek_line(fields):
    """Fields by name, sets and vectors as lists."""
    seen = Seen()
    # Sites may have names joined by another character than a dot.
    for name in ("id.orig_h", "id.resp_h", "id_orig_h", "id_resp_h", "src", "dst"):
        seen.address(fields.get(name))
    for text in lists(fields.get("tx_hosts")) + lists(fields.get("rx_hosts")):
        seen.address(text)
    for text in lists(fields.get("answers")):
        if seen.address(text) is None:
            seen.domain(text)
    for text in lists(fields.get("proxied")):
        for hop in text.split(" -> ")[-1].split(","):
            seen.address(hop)
    seen.domain(fields.get("query"))
    seen.domain(fields.get("server_name"))
    host = fields.get("host")
    if isinstance(host, str):
        is_request = fields.get("method") or fields.get("uri")
        if is_request or seen.address(host) is None:
            seen.host_domain(host)
    seen.request(host, fields.get("uri"))
    seen.referer(fields.get("referrer"))
    seen.agent(fields.get("user_agent"))
    for name in ("md5", "sha1", "sha256"):
        seen.hash(fields.get(name))
    return seen


class ZeekHeader:
    def __init__(self):
        self.separator, self.set_separator, self.empty, self.unset, self.names, self.types = "\t", ",", "(empty)", "-", [], []

    def directive(self, line):
        key, _, value = line.replace("#separator ", "#separator\t").partition("\t")
        value = value if key == "#separator" else line.partition(self.separator)[2]
        key = line.partition(self.separator)[0] if key != "#separator" else key
        if key == "#separator":
            self.separator = unescape(value)
        elif key == "#set_separator":
            self.set_separator = unescape(value)
        elif key == "#empty_field":
            self.empty = value
        elif key == "#unset_field":
            self.unset = value
        elif key == "#fields":
            self.names = value.split(self.separator)
        elif key == "#types":
            self.types = value.split(self.separator)

    def fields(self, line):
        values = line.split(self.separator)
        if len(values) != len(self.names):
            return None
        types = self.types if len(self.types) == len(self.names) else ["string"] * len(values)
        found = {}
        for name, kind, value in zip(self.names, types, values):
            if value == self.unset:
                continue
            if kind.startswith(("set[", "vector[")):
                found[name] = [] if value == self.empty else [unescape(item) for item in value.split(self.set_separator)]
            elif value != self.empty:
                found[name] = unescape(value)
        return found


def lines(log):
    opener = gzip.open if open(log, "rb").read(2) == b"\x1f\x8b" else open
    with opener(log, "rb") as file:
        header = ZeekHeader()
        for number, raw in enumerate(file.read().split(b"\n"), 1):
            raw = raw[:-1] if raw.endswith(b"\r") else raw
            seen = one_line(raw, header)
            if seen:
                yield number, seen


def one_line(raw, header):
    if not raw.strip():
        return None
    if raw.startswith(b"{"):
        try:
            event = json.loads(raw)
        except ValueError:
            return None
        return eve_line(event) if "event_type" in event else zeek_line(event)
    text = raw.decode("latin-1")
    if text.startswith("#"):
        header.directive(text)
        return None
    if header.names:
        fields = header.fields(text)
        return zeek_line(fields) if fields and "ts" in fields else None
    return access_line(text)


def parse_pattern(pattern):
    """(kind, value) of a pattern of one comparison."""
    match = re.fullmatch(r"\[(.*?) = '((?:[^'\\]|\\.)*)'\]", pattern, flags=re.DOTALL)
    kind = match.group(1).split(":")[0]
    value = re.sub(r"\\(.)", r"\1", match.group(2))
    return "hash" if kind == "file" else kind, value


def holds(seen, kind, value):
    if kind in ("ipv4-addr", "ipv6-addr"):
        return any(found in value for found in seen.addresses if found.version == value.version)
    sets = {"domain-name": seen.domains, "url": seen.urls, "hash": seen.hashes, "network-traffic": seen.agents}
    return value in sets[kind]


def find(patterns, logs):
    wanted, by_value, networks = [], {}, []
    for pattern in patterns:
        kind, value = parse_pattern(pattern)
        if kind in ("ipv4-addr", "ipv6-addr"):
            networks.append((pattern, ipaddress.ip_network(value, strict=False)))
        else:
            value = url(value) if kind == "url" else domain(value) if kind == "domain-name" else value
            wanted.append((pattern, kind, value))
    hits = set()
    for log in logs:
        for number, seen in lines(log):
            for pattern, network in networks:
                if holds(seen, "ipv4-addr", network):
                    hits.add((pattern, log, number))
            for pattern, kind, value in wanted:
                if holds(seen, kind, value):
                    hits.add((pattern, log, number))
    return sorted(hits)


def quote(text):
    return text.replace("\\", "\\\\").replace("'", "\\'")


def take(logs):
    """Every nth of each kind, and decoys around them."""
    kinds = {"address": set(), "domain": set(), "url": set(), "hash": set(), "agent": set()}
    for log in logs:
        for _, seen in lines(log):
            for kind, found in zip(kinds, (seen.addresses, seen.domains, seen.urls, seen.hashes, seen.agents)):
                kinds[kind] |= found
    patterns = []
    few = lambda found, count: sorted(found, key=str)[:: max(1, len(found) // count)]
    for found in few(kinds["address"], 60):
        kind = f"ipv{found.version}-addr"
        patterns.append(f"[{kind}:value = '{found}']")
        prefix = (20, 24, 28)[len(patterns) % 3] if found.version == 4 else 64
        # `::/64` holds `::ffff:0:0/96` too, by which some tools write IPv4: leave that question out.
        if len(patterns) % 3 == 0 and (found.version == 4 or int(found) >> 64):
            patterns.append(f"[{kind}:value = '{ipaddress.ip_network(f'{found}/{prefix}', strict=False)}']")
        if found.version == 4:
            patterns.append(f"[{kind}:value = '{str(found)[:-1] or '1'}']" if str(found)[-2] != "." else f"[{kind}:value = '{found}/31']")
    for found in few(kinds["domain"], 40):
        patterns.append(f"[domain-name:value = '{found}']")
        patterns.append(f"[domain-name:value = 'x.{found}']")
        if found.count(".") > 1:
            patterns.append(f"[domain-name:value = '{found.split('.', 1)[1]}']")
    for found in few(kinds["url"], 60):
        if all(" " < character < "\x7f" for character in found):
            patterns.append(f"[url:value = 'http://{quote(found)}']")
            patterns.append(f"[url:value = 'https://{quote(found.split('?')[0])}']")
    for found in few(kinds["hash"], 30):
        name = {32: "MD5", 40: "'SHA-1'", 64: "'SHA-256'"}.get(len(found))
        if name:
            patterns.append(f"[file:hashes.{name} = '{found}']")
    for found in few(kinds["agent"], 30):
        if found.isprintable() and found.isascii():
            patterns.append("[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '" + quote(found) + "']")
    return sorted(set(patterns))


def main():
    mode, *rest = sys.argv[1:]
    if mode == "take":
        print("\n".join(take(rest)))
    else:
        with open(rest[0], encoding="utf-8") as file:
            patterns = [line for line in file.read().split("\n") if line]
        for hit in find(patterns, rest[1:]):
            print("\t".join(str(part) for part in hit))


main()
