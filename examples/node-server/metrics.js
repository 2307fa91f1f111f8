/** The log's figures as Prometheus reads them. */

/**
 * @param {import("@stria/core").Wal} wal
 * @param {Map<number, number>} answers how many answers of which status
 */
export function metrics(wal, answers) {
  const stats = wal.stats();
  const health = wal.health;
  const lines = [];
  const add = (type, name, help, value, labels = "") => {
    if (labels === "" || !lines.some((line) => line.startsWith(`# TYPE ${name} `))) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
    }
    lines.push(`${name}${labels} ${value}`);
  };
  add("counter", "wal_records_appended_total", "Records given an LSN.", stats.appended);
  add("counter", "wal_records_durable_total", "Records on disk.", stats.durable);
  add("counter", "wal_bytes_total", "Bytes written and synced.", stats.bytes);
  add("counter", "wal_flushes_total", "Groups written.", stats.flushes);
  add("counter", "wal_syncs_total", "Syncs of the disk.", stats.syncs);
  add("counter", "wal_rotations_total", "Segments sealed.", stats.rotations);
  add("gauge", "wal_pending_records", "Records that wait for the disk.", stats.pending);
  add("gauge", "wal_waiting_for_room", "Callers that wait for room.", stats.waitingForRoom);
  add("gauge", "wal_segments", "Segment files.", stats.segments);
  add("gauge", "wal_disk_bytes", "Bytes of all segment files.", stats.totalBytes);
  add("gauge", "wal_durable_lsn", "Everything up to it survives.", wal.durableLsn);
  add("gauge", "wal_up", "1 while the log is well.", health.ok ? 1 : 0);
  add("gauge", "wal_flushing_seconds", "Age of the write in flight.", health.flushingForMs / 1000);
  for (const [status, count] of answers) {
    add("counter", "http_answers_total", "Answers by status.", count, `{status="${status}"}`);
  }
  return `${lines.join("\n")}\n`;
}
