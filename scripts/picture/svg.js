// A terminal's lines as an SVG.
import { textOf } from './terminal.js';

const [cell, leading, margin] = [8.4, 19, 20];
const style = `
  rect { fill: #0d1117; }
  text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: #e6edf3; }
  .bold { font-weight: 600; }
  .dim, .c0 { fill: #8b949e; }
  .c1 { fill: #ff7b72; }
  .c2 { fill: #3fb950; }
  .c3 { fill: #d29922; }
  .c4 { fill: #58a6ff; }
  .c5 { fill: #bc8cff; }
  .c6 { fill: #39c5cf; }`;

/** Where motion is wanted, lines appear in the order of a run; without it, and at its end, all of them are there. */
const motion = `
  @media (prefers-reduced-motion: no-preference) { .later { animation: appear 1ms backwards; } }
  @keyframes appear { from { opacity: 0; } }`;

/**
 * Each stretch of a line is a text of its own, as wide as in a terminal whatever the font. Given `lasting`, the lines
 * appear one after the other, in so many seconds for the whole run.
 */
export function svg(lines, { title, columns, lasting }) {
  const used = lines.findLastIndex(({ cells }) => textOf(cells).trim()) + 1;
  const longest = Math.max(...lines.map(({ seconds }) => seconds));
  const texts = lines.slice(0, used).flatMap(({ cells, seconds }, row) => {
    const y = margin + leading * row + 14;
    const later = lasting && `animation-delay: ${round((seconds / longest) * lasting)}s`;
    return stretches(cells).map(({ x, text, looks }) => {
      const place = `x="${round(margin + cell * x)}" y="${y}" textLength="${round(cell * text.length)}"`;
      const classes = [looks, later && 'later'].filter(Boolean).join(' ');
      const attributes = `${classes && ` class="${classes}"`}${later ? ` style="${later}"` : ''}`;
      return `<text ${place}${attributes}>${escaped(text)}</text>`;
    });
  });
  const [width, height] = [margin * 2 + cell * columns, margin * 2 + leading * used];
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}${lasting ? motion : ''}\n</style>`,
    `<rect width="${width}" height="${height}" rx="8"/>`,
    ...texts,
    '</svg>\n',
  ].join('\n');
}

/** Parts of a line that look the same throughout; columns are parts of their own. */
function stretches(cells) {
  const found = [];
  for (const [x, { text, looks }] of cells.entries()) {
    const last = found.at(-1);
    if (last && last.looks === looks) last.text += text;
    else found.push({ x, text, looks });
  }
  return found.flatMap(({ x, text, looks }) =>
    [...text.matchAll(/\S+(?: \S+)*/g)].map((part) => ({ x: x + part.index, text: part[0], looks })),
  );
}

function round(number) {
  return Number(number.toFixed(1));
}

function escaped(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
