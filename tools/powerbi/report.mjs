// Ask Microsoft's validator of PBIR whether reports are well: node report.mjs PROJECT.pbip...
import {
  getMetadataProvider,
  locateReport,
  runReportValidation,
} from "@microsoft/powerbi-report-authoring-cli";

const provider = await getMetadataProvider();
for (const project of process.argv.slice(2)) {
  const found = locateReport(project);
  // Its JSON schemas would be fetched from the network.
  const said = await runReportValidation({
    ...found,
    reportDir: found.reportDir ?? found.reportPath,
    provider,
    skipSchema: true,
  });
  console.log(project, said.result, `errors: ${said.errorCount}, warnings: ${said.warningCount}`);
  for (const [code, group] of Object.entries(said.diagnostics ?? {}))
    for (const one of group.items) console.log("   ", group.severity, code, one.message);
  if (said.errorCount || said.warningCount) process.exitCode = 1;
}
