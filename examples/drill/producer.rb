# frozen_string_literal: true

# What the drill kills. SPDX-License-Identifier: MIT-0

require "sqlite3"
require_relative "../ruby/chronus_teams"

def connect
  database = SQLite3::Database.new(ENV.fetch("PRODUCER_DB"))
  database.busy_timeout = 60_000
  database.execute("PRAGMA journal_mode = WAL")
  database
end

def worker
  # Few at once, so that a kill comes between them too.
  ChronusTeams::Worker.new(connect, ENV.fetch("CHRONUS_URL"), ENV.fetch("CHRONUS_KEY"), batch: 10)
end

database = connect
database.execute_batch(File.read(File.join(__dir__, "../outbox.sqlite.sql")))
database.execute("CREATE TABLE IF NOT EXISTS orders (number INTEGER PRIMARY KEY, event_id TEXT NOT NULL)")
if ARGV.include?("--drain")
  worker.run { database.execute("SELECT 1 FROM chronus_teams_outbox WHERE refused IS NULL LIMIT 1").empty? }
  exit
end

handing_over = Thread.new { worker.run }
handing_over.abort_on_exception = true
puts "up"
$stdout.flush
outbox = ChronusTeams::Outbox.new(database, "/drill")
# The service refuses it, and it holds up no other.
outbox.add("com.chronus.task.assigned", { title: "For nobody" }, subject: "task/2")
loop do
  database.transaction(:immediate) do
    task = { recipients: [{ member_id: "m-01" }], title: "One more" }
    id = outbox.add("com.chronus.task.assigned", task, subject: "task/1")
    database.execute("INSERT INTO orders (event_id) VALUES (?)", [id])
  end
  sleep 0.005
end
