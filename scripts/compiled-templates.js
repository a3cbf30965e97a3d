// What projects are made of, as data, with the templates as functions: what the build puts in place of
// generators/render/templates.ts.
import { readdirSync, readFileSync } from 'node:fs';
import ejs from 'ejs';
import { parseAst } from 'rolldown/parseAst';

/** @type {import('rolldown').Plugin} */
export const compiledTemplates = {
  name: 'compiled-templates',
  load: {
    filter: { id: /generators\/render\/templates\.ts$/ },
    handler: () => ({ code: moduleOf(), moduleType: 'js' }),
  },
};

function moduleOf() {
  const files = ['templates', 'python/ml_serving'].flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('__pycache__'))
      .map(({ parentPath, name }) => `${parentPath}/${name}`),
  );
  const functions = files
    .filter((file) => file.endsWith('.ejs'))
    .map((file) => `${JSON.stringify(file)}: ${functionOf(file)}`);
  return `
    const files = ${JSON.stringify(files.sort())};
    const functions = { ${functions.join(',\n')} };
    export function filesBelow(folder) {
      const start = folder + '/';
      return files.filter((file) => file.startsWith(start)).map((file) => file.slice(start.length));
    }
    export function renderTemplate(path, values) {
      return functions[path](values, String, (other) => renderTemplate('templates/' + other, values));
    }`;
}

/** Of a template: (values, escape, include) => text. */
function functionOf(file) {
  const text = readFileSync(file, 'utf8');
  const compile = (names) => {
    // Modules know no `with`, by which a template finds its values otherwise.
    const options = { filename: file, compileDebug: false, _with: false, destructuredLocals: names };
    const template = new ejs.Template(text, options);
    template.compile();
    return `(locals, escapeFn, include) => {\n${template.source}}`;
  };
  return compile(valuesOf(compile([])));
}

/** The names that a function takes from elsewhere: its own and JavaScript's are left out. */
function valuesOf(code) {
  const used = new Set();
  const own = new Set();
  const walk = (node, parent, key) => {
    if (node?.type === 'Identifier') {
      const isName = (parent.type === 'MemberExpression' || parent.type === 'Property') && !parent.computed;
      const declares = key === 'params' || key === 'id';
      if (declares) own.add(node.name);
      else if (!isName || key === 'object' || key === 'value') used.add(node.name);
    } else if (node && typeof node === 'object') {
      for (const [name, child] of Object.entries(node))
        for (const one of Array.isArray(child) ? child : [child]) walk(one, node.type ? node : parent, name);
    }
  };
  walk(parseAst(`(${code})`));
  return [...used].filter((name) => !own.has(name) && !(name in globalThis));
}
