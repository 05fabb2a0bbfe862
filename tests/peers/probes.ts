// SPDX-License-Identifier: AGPL-3.0-or-later
// Requests that servers are known to read in different ways. What stands before END is the probe; a request follows each, so that a
// body taken too long or too short shows in the number of replies.

export type Probe = { name: string; bytes: Buffer };

const END = 'GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const get = (lines: string): string => `GET /healthz HTTP/1.1\r\n${lines}\r\n`;
const post = (lines: string, body = ''): string => `POST /api/v1/auth/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${lines}\r\n${body}`;
const chunked = (body: string, value = 'chunked', name = 'Transfer-Encoding'): string => post(`${name}: ${value}\r\n`, body);
const CHUNKS = '5\r\n"abc"\r\n0\r\n\r\n';

const PROBES: Record<string, string> = {
  // framing: what is agreed on
  'a request': get('Host: a\r\n'),
  'two in one write': get('Host: a\r\n').repeat(2),
  'a body by its length': post('Content-Length: 5\r\n', '"abc"'),
  'a length of zero': post('Content-Length: 0\r\n'),
  'a body in chunks': chunked(CHUNKS),
  'a body in chunks, with a trailer': chunked('5\r\n"abc"\r\n0\r\nX-After: 1\r\n\r\n'),
  'an empty line before the request': `\r\n${get('Host: a\r\n')}`,
  // Content-Length
  'two equal lengths': post('Content-Length: 5\r\nContent-Length: 5\r\n', '"abc"'),
  'two different lengths': post('Content-Length: 5\r\nContent-Length: 0\r\n', '"abc"'),
  'a list of equal lengths': post('Content-Length: 5, 5\r\n', '"abc"'),
  'a length with a sign': post('Content-Length: +5\r\n', '"abc"'),
  'a negative length': post('Content-Length: -5\r\n', '"abc"'),
  'a length in hexadecimal': post('Content-Length: 0x5\r\n', '"abc"'),
  'a length with a space inside': post('Content-Length: 0 5\r\n', '"abc"'),
  'a length with zeros in front': post('Content-Length: 0005\r\n', '"abc"'),
  'a length beyond 64 bits': post('Content-Length: 18446744073709551621\r\n', '"abc"'),
  'an empty length': post('Content-Length:\r\n', '"abc"'),
  'a length with a fraction': post('Content-Length: 5.0\r\n', '"abc"'),
  'a length after a vertical tab': post('Content-Length:\x0b5\r\n', '"abc"'),
  // Transfer-Encoding
  'length and chunks': post('Content-Length: 6\r\nTransfer-Encoding: chunked\r\n', CHUNKS),
  'chunks and length': post('Transfer-Encoding: chunked\r\nContent-Length: 4\r\n', CHUNKS),
  'chunked twice in a list': chunked(CHUNKS, 'chunked, chunked'),
  'chunked twice in two lines': post('Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n', CHUNKS),
  'chunked, then identity': chunked(CHUNKS, 'chunked, identity'),
  'identity, then chunked': chunked(CHUNKS, 'identity, chunked'),
  'gzip, then chunked': chunked(CHUNKS, 'gzip, chunked'),
  'identity alone': post('Transfer-Encoding: identity\r\nContent-Length: 5\r\n', '"abc"'),
  'a coding that nobody knows': chunked(CHUNKS, 'xchunked'),
  'chunked in capitals': chunked(CHUNKS, 'CHUNKED'),
  'chunked in quotes': chunked(CHUNKS, '"chunked"'),
  'chunked after a tab': chunked(CHUNKS, '\tchunked'),
  'chunked after a vertical tab': chunked(CHUNKS, '\x0bchunked'),
  'chunked with a parameter': chunked(CHUNKS, 'chunked; a=b'),
  'chunked with a comma in front': chunked(CHUNKS, ', chunked'),
  'an empty coding and a length': post('Transfer-Encoding:\r\nContent-Length: 5\r\n', '"abc"'),
  'a space before the colon': chunked(CHUNKS, 'chunked', 'Transfer-Encoding '),
  'a name with an underscore': post('Transfer_Encoding: chunked\r\nContent-Length: 5\r\n', '"abc"'),
  'chunks in HTTP/1.0': `POST /api/v1/auth/login HTTP/1.0\r\nHost: a\r\nContent-Type: application/json\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
  // chunks
  'a chunk with an extension': chunked('5;a=b\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk with a line feed in its extension': chunked('5;a\nb\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size with 0x': chunked('0x5\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size with a sign': chunked('+5\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size with a space behind': chunked('5 \r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size with a space in front': chunked(' 5\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size beyond 64 bits': chunked('10000000000000005\r\n"abc"\r\n0\r\n\r\n'),
  'a chunk size with zeros in front': chunked('00000005\r\n"abc"\r\n0\r\n\r\n'),
  'chunks with bare line feeds': chunked('5\n"abc"\n0\n\n'),
  'a chunk longer than its size': chunked('5\r\n"abcdefgh"\r\n0\r\n\r\n'),
  'a chunk without its line end': chunked('5\r\n"abc"0\r\n\r\n'),
  'a chunk with two wrong bytes for its line end': chunked('5\r\n"abc"XX0\r\n\r\n'),
  'a last chunk of many zeros': chunked('5\r\n"abc"\r\n0000\r\n\r\n'),
  'a trailer that names a length': chunked('5\r\n"abc"\r\n0\r\nContent-Length: 5\r\n\r\n'),
  'an empty chunk size': chunked('\r\n"abc"\r\n0\r\n\r\n'),
  // lines
  'bare line feeds': 'GET /healthz HTTP/1.1\nHost: a\n\n',
  'one bare line feed among the fields': get('Host: a\nX: b\r\n'),
  'a bare carriage return in a value': get('Host: a\r\nX: a\rb\r\n'),
  'a NUL in a value': get('Host: a\r\nX: a\0b\r\n'),
  'a folded value': get('Host: a\r\nX: a\r\n b\r\n'),
  'a folded coding': post('Transfer-Encoding:\r\n chunked\r\n', CHUNKS),
  'a space in front of the first field': get(' X: a\r\nHost: a\r\n'),
  'a field without a colon': get('Host: a\r\nNothing\r\n'),
  'a field without a name': get('Host: a\r\n: b\r\n'),
  'a name with a space inside': get('Host: a\r\nX Y: b\r\n'),
  'a length hidden behind a bare carriage return': post('X: a\rContent-Length: 5\r\n', '"abc"'),
  // the request line
  'two spaces in the request line': 'GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'a tab in the request line': 'GET\t/healthz\tHTTP/1.1\r\nHost: a\r\n\r\n',
  'a space behind the version': 'GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n',
  'a method in small letters': 'get /healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  'no version': 'GET /healthz\r\n\r\n',
  'version 1.2': 'GET /healthz HTTP/1.2\r\nHost: a\r\n\r\n',
  'version 2.0': 'GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n',
  'version 01.1': 'GET /healthz HTTP/01.1\r\nHost: a\r\n\r\n',
  'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a target with a space': 'GET /health z HTTP/1.1\r\nHost: a\r\n\r\n',
  'a target with a NUL': 'GET /health\0z HTTP/1.1\r\nHost: a\r\n\r\n',
  'a target with a high byte': 'GET /health\xe9 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a target with a fragment': 'GET /healthz#a HTTP/1.1\r\nHost: a\r\n\r\n',
  'an absolute target with another host': 'GET http://b/healthz HTTP/1.1\r\nHost: a\r\n\r\n',
  // Host
  'no Host': get(''),
  'two Hosts': get('Host: a\r\nHost: b\r\n'),
  'two equal Hosts': get('Host: a\r\nHost: a\r\n'),
  'an empty Host': get('Host:\r\n'),
  'a Host with a path': get('Host: a/b\r\n'),
  'a Host with a user': get('Host: u@a\r\n'),
  // bodies where none is expected
  'a GET with a body': `GET /healthz HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"abc"`,
  'a GET with chunks': `GET /healthz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
  'an upgrade that is not taken, with a body': post('Connection: Upgrade\r\nUpgrade: nothing\r\nContent-Length: 5\r\n', '"abc"'),
  'Content-Length named in Connection': post('Connection: Content-Length\r\nContent-Length: 5\r\n', '"abc"'),
  'an expectation that nobody knows': post('Expect: tea\r\nContent-Length: 5\r\n', '"abc"'),
};

export const probes: Probe[] = Object.entries(PROBES).map(([name, text]) => ({ name, bytes: Buffer.from(text + END, 'latin1') }));
