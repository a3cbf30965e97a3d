// Loaded into a process by --require: before its n-th move of a file whose path ends in MEANWHILE_AT, appends to
// MEANWHILE_FILE, as somebody does who saves it in an editor; with MEANWHILE_OPEN, through a descriptor that was opened
// before.
const fs = require('node:fs');
const { syncBuiltinESMExports } = require('node:module');

const { MEANWHILE_AT, MEANWHILE_FILE, MEANWHILE_OPEN } = process.env;
const open = MEANWHILE_OPEN && fs.openSync(MEANWHILE_FILE, 'a');
const { renameSync, appendFileSync } = fs;
let saved = false;
fs.renameSync = (from, to) => {
  if (!saved && String(from).endsWith(MEANWHILE_AT)) {
    saved = true;
    appendFileSync(open || MEANWHILE_FILE, '# saved meanwhile\n');
  }
  return renameSync(from, to);
};
syncBuiltinESMExports();
