// Serves S3 on a free loopback port: prints the port, serves until its input ends.
const S3rver = require("s3rver");

const [directory, bucket] = process.argv.slice(2);
new S3rver({ address: "127.0.0.1", port: 0, silent: true, directory, configureBuckets: [{ name: bucket }] })
  .run()
  .then(({ port }) => console.log(port));
process.stdin.resume().on("end", () => process.exit(0));
