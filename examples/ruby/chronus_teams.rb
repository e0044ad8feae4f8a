# frozen_string_literal: true

# Hands domain events to chronus-teams out of your own transaction. Copy this file; it needs the standard library alone, and
# whatever your database needs.
#
# `Outbox#add` writes an event beside your own rows, in your transaction: both are there, or neither is. A `Worker`, in a
# thread or a process of its own, hands over what is written and takes it out once the service has it. An event's id is
# written with it, so that sending it again, after a crash or a lost answer, has no second effect.
#
# SPDX-License-Identifier: MIT-0

require "json"
require "net/http"
require "openssl"
require "securerandom"
require "time"
require "uri"

module ChronusTeams
  # The service refuses this client: a wrong key, role or address. Nothing is lost; it has to be put right.
  class Misconfigured < StandardError; end

  # The service cannot take anything now. Come again after `seconds`.
  class Again < StandardError
    attr_reader :seconds

    def initialize(reason, seconds = nil)
      super(reason)
      @seconds = seconds
    end
  end

  # A database is anything that answers `execute(sql, values)` with rows, as that of the gem sqlite3 does.
  # `source` names your system for ever, such as /chronus/acme.
  class Outbox
    def initialize(database, source)
      @database = database
      @source = source
    end

    # Writes an event; its id.
    def add(type, data, subject: nil, id: SecureRandom.uuid)
      event = { specversion: "1.0", id: id, source: @source, type: type, time: Time.now.utc.iso8601(6), data: data }
      event[:subject] = subject if subject
      @database.execute("INSERT INTO chronus_teams_outbox (event) VALUES (?)", [JSON.generate(event)])
      id
    end
  end

  # Hands over what is written, over a connection of its own. Several workers do no harm.
  class Worker
    LONGEST_PAUSE = 30.0
    # What may pass: whether the events were taken is not known, and the same ids again do no harm.
    PASSING = [SystemCallError, SocketError, IOError, Timeout::Error, Net::HTTPBadResponse, OpenSSL::SSL::SSLError].freeze

    def initialize(database, url, key, batch: 100, timeout: 30)
      @database = database
      @uri = URI("#{url.chomp('/')}/v1/events")
      @key = key
      @batch = Integer(batch)
      @timeout = timeout
    end

    # Works until the block answers true; waits as long as the service asks for, or twice as long each time.
    def run(idle: 0.2)
      pause = 0.5
      until block_given? && yield
        begin
          sleep idle if work.zero?
          pause = 0.5
        rescue Again => e
          sleep(e.seconds || (pause * rand(0.5..1.0)))
          pause = [pause * 2, LONGEST_PAUSE].min
        end
      end
    end

    # Hands over the oldest events once; how many are settled.
    def work
      rows = @database.execute("SELECT position, event FROM chronus_teams_outbox WHERE refused IS NULL " \
                               "ORDER BY position LIMIT #{@batch}")
      return 0 if rows.empty?

      settled = hand_over(rows)
      settled.each do |position, refused|
        if refused
          @database.execute("UPDATE chronus_teams_outbox SET refused = ? WHERE position = ?", [refused, position])
        else
          @database.execute("DELETE FROM chronus_teams_outbox WHERE position = ?", [position])
        end
      end
      settled.length
    end

    private

    # Each row with nothing where it is taken, or why it never will be.
    def hand_over(rows)
      status, answer = post("[#{rows.map { |row| row[1] }.join(',')}]")
      results = answer["results"]
      if [202, 422].include?(status) && results&.length == rows.length
        return rows.zip(results).map { |row, result| [row[0], refusal(result)] }
      end
      # Something in it makes the whole unreadable or too long: half of it tells which.
      return hand_over(rows.first(rows.length / 2)) if rows.length > 1

      [[rows[0][0], answer["detail"] || "status #{status}"]]
    end

    def post(body)
      answer = ask(body)
      status = answer.code.to_i
      raise Again.new("status #{status}", seconds(answer["retry-after"])) if [408, 429].include?(status) || status >= 500

      said = begin
        JSON.parse(answer.body)
      rescue JSON::ParserError
        {}
      end
      raise Misconfigured, "status #{status}: #{said['detail']}" unless [202, 400, 413, 422].include?(status)

      [status, said]
    end

    def ask(body)
      request = Net::HTTP::Post.new(@uri, "content-type" => "application/cloudevents-batch+json",
                                          "authorization" => "Bearer #{@key}")
      request.body = body
      Net::HTTP.start(@uri.host, @uri.port, use_ssl: @uri.scheme == "https", open_timeout: @timeout,
                                            read_timeout: @timeout) { |http| http.request(request) }
    rescue *PASSING => e
      raise Again, "no answer: #{e.message}"
    end

    def refusal(result)
      return if %w[accepted duplicate].include?(result["status"])

      problem = result["problem"] || {}
      "#{problem['pointer']} #{problem['detail'] || 'rejected'}".strip
    end

    def seconds(text)
      Float(text, exception: false) if text
    end
  end
end
