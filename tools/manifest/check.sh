#!/usr/bin/env bash
# Checks an app package against Microsoft's own schemas, which are fetched into .manifest-schemas/ when asked for and
# never become part of this repository. Usage: tools/manifest/check.sh PACKAGE.zip
set -euo pipefail
package=$(realpath "${1:?which package?}")
cd "$(dirname "$0")/../.."
command -v npm >/dev/null || { echo "npm is missing; install Node.js 20 or later" >&2; exit 1; }
npm install --prefix .manifest-schemas --no-fund --no-audit --silent @microsoft/app-manifest@1.1.2 ajv@8 ajv-draft-04@1 ajv-formats@3
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unzip -q "$package" -d "$folder"
node --input-type=commonjs - "$folder" <<'NODE'
const fs = require('fs'), path = require('path')
const home = path.resolve('.manifest-schemas/node_modules')
const Ajv = require(path.join(home, 'ajv-draft-04')), formats = require(path.join(home, 'ajv-formats'))
const folder = process.argv[2]
const read = (file) => JSON.parse(fs.readFileSync(file, 'utf8'))
const manifest = read(path.join(folder, 'manifest.json'))
const schemas = path.join(home, '@microsoft/app-manifest/build/json-schemas/teams', `v${manifest.manifestVersion}`)
const check = (file, schema) => {
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false })
  formats(ajv)
  const validate = ajv.compile(read(path.join(schemas, schema)))
  const fits = validate(read(path.join(folder, file)))
  console.log(`${fits ? '✓' : '✗'} ${file}`)
  if (!fits) { console.log(validate.errors); process.exitCode = 1 }
}
check('manifest.json', 'MicrosoftTeams.schema.json')
for (const { file } of manifest.localizationInfo.additionalLanguages) check(file, 'MicrosoftTeams.Localization.schema.json')
NODE
