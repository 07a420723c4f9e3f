/*
 * The same checks by DuckDB: shape of code, redeemed and date, agreement of
 * the two, repeated codes.  Needs @duckdb/node-api where NODE_PATH says.
 *
 *	node duckdb.js FILE
 */
const { DuckDBInstance } = require('@duckdb/node-api');

const query = `select count(*), sum(bad), sum(n - 1) from (
	select coupon_code, count(*) n, count(*) filter (
	not regexp_full_match(coupon_code, '[A-Za-z0-9]{1,40}') or
	redeemed not in ('0', '1') or
	(redeemed = '1' and try_cast(redeem_date as date) is null) or
	(redeemed = '0' and redeem_date is not null)) bad
	from read_csv('FILE', header = true, all_varchar = true) group by 1)`;

(async () => {
	const db = await DuckDBInstance.create(':memory:');
	const connection = await db.connect();
	const reader = await connection.runAndReadAll(
		query.replace('FILE', process.argv[2].replaceAll("'", "''")));
	console.log(reader.getRows().join(' '));
})();
