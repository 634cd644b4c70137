// Names below localhost are loopback (RFC 6761, 6.3), which not every system's resolver knows. Loaded before each test file.
import dns from 'node:dns';

const { lookup } = dns;
dns.lookup = (name, ...rest) => lookup(name.endsWith('.localhost') ? 'localhost' : name, ...rest);
