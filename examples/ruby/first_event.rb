# The first event: CHRONUS_URL and CHRONUS_KEY name the service. SPDX-License-Identifier: MIT-0
require "sqlite3"
require_relative "chronus_teams"

database = SQLite3::Database.new("producer.db")
database.execute_batch(File.read(File.join(__dir__, "../outbox.sqlite.sql")))
database.transaction do # yours: your own rows, and the event
  ChronusTeams::Outbox.new(database, "/chronus/first-steps").add("com.chronus.task.assigned", { recipients: [{ member_id: "m-01" }], title: "Write down three goals" }, subject: "task/900")
end
puts "#{ChronusTeams::Worker.new(database, ENV.fetch('CHRONUS_URL'), ENV.fetch('CHRONUS_KEY')).work} handed over"
