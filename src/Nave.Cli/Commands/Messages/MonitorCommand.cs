using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Fleet.Simulation;

namespace Nave.Cli.Commands;

/// <summary><c>nave monitor</c>: the events of a hub, one a line.</summary>
internal sealed class MonitorCommand : ClientCommand
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "Where to start: earliest, latest (default), a time such as 2026-01-31T12:00Z, or -5m for five minutes ago.",
        HelpName = "WHERE",
        DefaultValueFactory = _ => "latest",
    };

    private readonly Option<bool> _untilEnd = new("--until-end") { Description = "Stop at the last event there is, in partition and sequence order." };
    private readonly Option<string?> _device = new("--device") { Description = "Only events of this device.", HelpName = "ID" };
    private readonly Option<int?> _partition = CommonOptions.Number("--partition", 0, 31, "Only events of this partition.");

    public MonitorCommand(CliConsole console)
        : base(console, "monitor", "Show events as they come, or those that are there.")
    {
        Add(_from);
        Add(_untilEnd);
        Add(_device);
        Add(_partition);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var query = new EventQuery
        {
            From = FromOf(call.Get(_from)!, TimeProvider.System), // It has a default.
            UntilEnd = call.Get(_untilEnd),
            DeviceId = call.Get(_device),
            Partition = call.Get(_partition),
        };
        if (call.Format == OutputFormat.Tsv)
        {
            Console.WriteRows(call.Format, ["partition", "sequenceNumber", "enqueuedTime", "deviceId", "moduleId", "source", "body"], []);
        }

        if (query.UntilEnd && call.Format == OutputFormat.Json)
        {
            // The hub's lines are ours already.
            await foreach (var line in call.Service.ReadEventLinesAsync(query, cancellationToken))
            {
                await Console.Out.WriteLineAsync(Encoding.UTF8.GetString(line.Span));
            }

            return ExitCodes.Ok;
        }

        var follower = new EventFollower(call.Service, query, TimeProvider.System, note => Console.Error.WriteLine($"nave: {note}"));
        var write = WriterOf(call.Format);
        try
        {
            await using var lines = follower.ReadAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
            while (true)
            {
                // What is there is shown before there is a wait; a burst is one write.
                var moving = lines.MoveNextAsync();
                if (!moving.IsCompleted)
                {
                    await Console.Out.FlushAsync(cancellationToken);
                }

                if (!await moving)
                {
                    break;
                }

                write(lines.Current);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !query.UntilEnd)
        {
            // Following has no other end.
        }

        await Console.Out.FlushAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    /// <summary>Turns a span before now into a time; leaves the rest to the hub.</summary>
    private static string FromOf(string text, TimeProvider time)
    {
        if (text.StartsWith('-') && Duration.TryParse(text, out var span))
        {
            return (time.GetUtcNow() + span).UtcDateTime.ToString("o", CultureInfo.InvariantCulture);
        }

        return text is "earliest" or "latest" || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out _)
            ? text
            : throw new CliException($"--from is '{text}'; earliest, latest, a time such as 2026-01-31T12:00Z, or -5m is permitted.", ExitCodes.Usage);
    }

    private Action<EventLine> WriterOf(OutputFormat format)
    {
        var buffer = new ArrayBufferWriter<byte>();
        var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        return format switch
        {
            OutputFormat.Json => line =>
            {
                json.Reset(buffer);
                EventJson.Write(json, line);
                json.Flush();
                Console.Out.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
                buffer.ResetWrittenCount();
            },
            OutputFormat.Tsv => line => Console.WriteTsv(
                $"{line.Partition}", $"{line.SequenceNumber}", WireTime.Format(line.EnqueuedTime), line.DeviceId, line.ModuleId, line.Source, EventText.BodyOf(line)),
            _ => line => Console.Out.WriteLine(EventText.LineOf(line)),
        };
    }
}
