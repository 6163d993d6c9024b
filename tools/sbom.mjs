import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { billOfMaterials } from './sbom/bill-of-materials.mjs';
import { root } from './workspace/root.mjs';

// npm run sbom [-- <file>]
const file = resolve(process.argv[2] ?? join(root, 'sbom.cdx.json'));
const bill = billOfMaterials(root);
writeFileSync(file, `${JSON.stringify(bill, undefined, 2)}\n`);
console.log(`${bill.components.length} components in ${file} (CycloneDX ${bill.specVersion})`);
