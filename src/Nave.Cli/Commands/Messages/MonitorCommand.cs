using System.Buffers;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave monitor</c>: the events of a hub, one a line, read over its Event Hubs-compatible endpoint.</summary>
internal sealed class MonitorCommand : Command
{
    private readonly CliConsole _console;
    private readonly Option<string> _from = new("--from")
    {
        Description = $"Where to start: {StartPosition.Help}.",
        HelpName = "WHERE",
        DefaultValueFactory = _ => "latest",
    };

    private readonly Option<bool> _untilEnd = new("--until-end") { Description = "Stop at the last event there is, in partition and sequence order." };
    private readonly Option<string?> _device = new("--device") { Description = "Only events of this device.", HelpName = "ID" };
    private readonly Option<int?> _partition = CommonOptions.Number("--partition", 0, 1023, "Only events of this partition.");
    private readonly Option<string> _group = new("--consumer-group")
    {
        Description = "The consumer group to read with. Default $Default.",
        HelpName = "NAME",
        DefaultValueFactory = _ => EventReadOptions.DefaultConsumerGroup,
    };

    private readonly Option<ShownProperties> _properties = CommonOptions.Choice(
        "--properties", ShownProperties.None, "Which properties a line for people shows; JSON has them all.");

    private readonly Option<EventsTransport> _transport = CommonOptions.Choice(
        "--transport", EventsTransport.Amqp, "AMQP on port 5671, or over a WebSocket on port 443.");

    private readonly Option<OutputFormat> _output = CommonOptions.Output();
    private readonly HubOptions _hub = new();

    public MonitorCommand(CliConsole console)
        : base("monitor", "Show events as they come, or those that are there. Takes an event hub's connection string too.")
    {
        _console = console;
        foreach (var option in (ReadOnlySpan<Option>)[_from, _untilEnd, _device, _partition, _group, _properties, _transport, _output])
        {
            Add(option);
        }

        _hub.AddTo(this);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var format = parsed.GetValue(_output);
        var options = OptionsFrom(parsed);
        var device = parsed.GetValue(_device) is { } id ? Encoding.UTF8.GetBytes(id) : null;
        await using var client = _hub.ResolveEvents(parsed, _console).CreateClient(parsed.GetValue(_transport) == EventsTransport.Ws);
        client.ConnectionChanged += (_, change) => Note(options, change);
        if (format == OutputFormat.Tsv)
        {
            _console.WriteRows(format, ["partition", "sequenceNumber", "enqueuedTime", "deviceId", "moduleId", "source", "body"], []);
        }

        try
        {
            await ShowAsync(client.ReadBatchesAsync(options, cancellationToken), device, WriterOf(format, parsed.GetValue(_properties)), cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested && !options.UntilEnd)
        {
            // Following has no other end.
        }

        await _console.Out.FlushAsync(CancellationToken.None);
        return ExitCodes.Ok;
    }

    private async Task ShowAsync(
        IAsyncEnumerable<IReadOnlyList<ReceivedEvent>> batches, byte[]? device, Action<EventLine> write, CancellationToken cancellationToken)
    {
        await using var each = batches.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            // What is there is shown before there is a wait; a burst is one write.
            var moving = each.MoveNextAsync();
            if (!moving.IsCompleted)
            {
                await _console.Out.FlushAsync(cancellationToken);
            }

            if (!await moving)
            {
                break;
            }

            foreach (var received in each.Current)
            {
                cancellationToken.ThrowIfCancellationRequested();
                if (device is null || received.IsOf(device))
                {
                    write(received.ToLine());
                }
            }
        }
    }

    private EventReadOptions OptionsFrom(ParseResult parsed)
    {
        var partition = parsed.GetValue(_partition);
        var group = parsed.GetValue(_group)!; // It has a default.
        return new EventReadOptions
        {
            Start = StartPosition.Read(parsed.GetValue(_from)!, partition is not null, TimeProvider.System), // It has a default.
            UntilEnd = parsed.GetValue(_untilEnd),
            PartitionIds = partition is { } number ? [number.ToString(CultureInfo.InvariantCulture)] : null,
            ConsumerGroup = group.Length > 0 && !group.Contains('/', StringComparison.Ordinal)
                ? group
                : throw new CliException($"--consumer-group is '{group}'; a name without a slash is permitted.", ExitCodes.Usage),
        };
    }

    private void Note(EventReadOptions options, DeviceConnectionChange change)
    {
        if (change is { State: DeviceConnectionState.Disconnected, Reason: { } reason } && !options.UntilEnd)
        {
            _console.Error.WriteLine($"nave: The hub is away ({Failure.Reason(reason)}); following on from the last event when it is back.");
        }
    }

    private Action<EventLine> WriterOf(OutputFormat format, ShownProperties properties)
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
                _console.Out.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
                buffer.ResetWrittenCount();
            },
            OutputFormat.Tsv => line => _console.WriteTsv(
                $"{line.Partition}", $"{line.SequenceNumber}", WireTime.Format(line.EnqueuedTime), line.DeviceId, line.ModuleId, line.Source, EventText.BodyOf(line)),
            _ => line => _console.Out.WriteLine(EventText.LineOf(line) + EventText.PropertiesOf(line, properties)),
        };
    }
}
