// SPDX-License-Identifier: AGPL-3.0-or-later
// What a loop takes no more of is refused with a reason, before it costs anything.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import WebSocket from 'ws';
import { expectProblem } from '../../lib/api.ts';
import { eachEngine, useLathe } from '../../lib/lathe.ts';
import { eventually } from '../../lib/wait.ts';

eachEngine('limits of sockets', (engine) => {
  const lathe = useLathe({ engine, settings: { LATHE_LOOPS: '1', LATHE_LIVE_MAX_CONNECTIONS: '2' } });

  const open = (): WebSocket => new WebSocket(`${lathe().origin.replace('http', 'ws')}/ws`, ['lathe.v1']);
  /** Why a handshake is refused; '' when it is not. */
  const refusal = async (): Promise<string> => {
    const socket = open();
    const code = await Promise.race([
      once(socket, 'open').then(() => ''),
      once(socket, 'unexpected-response').then(async ([, response]) => {
        let text = '';
        for await (const part of response) text += part;
        assert.equal(response.statusCode, 503);
        return JSON.parse(text).code as string;
      }),
    ]);
    socket.on('error', () => undefined);
    socket.terminate();
    return code;
  };

  test('a plain request is no handshake', async () => {
    expectProblem(await lathe().api.root('GET', '/ws'), 400, 'live.not_a_websocket');
  });

  test('one connection more is refused, and taken when another has gone', async () => {
    const held = [open(), open()];
    await Promise.all(held.map((socket) => once(socket, 'open')));
    assert.equal(await refusal(), 'live.too_many_connections');
    held[0]?.close();
    await eventually('there is room again', async () => (await refusal()) === '');
    for (const socket of held) socket.terminate();
  });
});
