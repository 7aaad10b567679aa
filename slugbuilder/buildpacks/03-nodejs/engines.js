// Refuses a package.json whose `engines.node` this stack's Node.js does not satisfy.
const fs = require('fs');
const path = require('path');

const npm = path.dirname(path.dirname(fs.realpathSync('/usr/local/bin/npm')));
const semver = require(path.join(npm, 'node_modules', 'semver'));

let manifest;
try {
  manifest = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
} catch (error) {
  console.error(` !     package.json is not valid JSON: ${error.message}`);
  process.exit(1);
}
const wanted = manifest.engines && manifest.engines.node;
if (wanted && !semver.satisfies(process.version, wanted)) {
  console.error(` !     package.json asks for Node.js ${wanted}; this stack has ${process.version}.`);
  console.error(' !     Widen engines.node, or choose another buildpack with BUILDPACK_URL.');
  process.exit(1);
}
