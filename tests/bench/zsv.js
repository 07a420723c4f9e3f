/*
 * Count rows by zsv as it comes for node (WebAssembly): one empty call for
 * each row, nothing checked.  Needs zsv-lib where NODE_PATH says.
 *
 *	node zsv.js FILE
 */
const fs = require('fs');
const zsv = require('zsv-lib');

zsv.runOnLoad(() => {
	let rows = 0;
	const parser = zsv.new(() => {
		rows++;
	}, null, {
		rowData: false,
		sync: { fd: fs.openSync(process.argv[2]) },
	});
	parser.finish();
	parser.delete();
	console.log(rows - 1);
});
