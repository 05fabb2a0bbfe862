// SPDX-License-Identifier: AGPL-3.0-or-later
// A recording made for the tests: chords over a beat, 16 bit, stereo.
const RATE = 44_100;
const CHORDS = [
  [220, 261.63, 329.63],
  [174.61, 220, 261.63],
  [261.63, 329.63, 392],
  [196, 246.94, 293.66],
];
const BEATS_PER_MINUTE = 120;

function sampleAt(time: number): number {
  const beat = (time * BEATS_PER_MINUTE) / 60;
  const chord = CHORDS[Math.floor(beat / 4) % CHORDS.length] ?? [];
  const tone = chord.reduce((sum, frequency) => sum + Math.sin(2 * Math.PI * frequency * time), 0) / 3;
  const kick = Math.sin(2 * Math.PI * 55 * time) * Math.exp(-(beat % 1) * 9);
  return 0.45 * tone + 0.5 * kick;
}

/** A WAV file of that length. */
export function makeWave(seconds: number): Buffer {
  const frames = Math.round(seconds * RATE);
  const file = Buffer.alloc(44 + frames * 4);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + frames * 4, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(2, 22);
  file.writeUInt32LE(RATE, 24);
  file.writeUInt32LE(RATE * 4, 28);
  file.writeUInt16LE(4, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(frames * 4, 40);
  for (let i = 0; i < frames; i++) {
    const sample = Math.round(sampleAt(i / RATE) * 30_000);
    file.writeInt16LE(sample, 44 + i * 4);
    file.writeInt16LE(sample, 46 + i * 4);
  }
  return file;
}
