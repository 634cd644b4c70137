using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;

namespace Nave.Cli.Commands;

/// <summary><c>nave send</c>: sends messages as a device, or to one.</summary>
internal sealed class SendCommand : ClientCommand
{
    private readonly IdentityArguments _identity = new();
    private readonly Argument<string?> _body = new("BODY") { Description = $"The body: {InputText.Help}.", Arity = ArgumentArity.ZeroOrOne };
    private readonly Option<bool> _c2d = new("--c2d") { Description = "To the device in place of as the device." };
    private readonly Option<string[]> _properties = new("--property", "-p") { Description = "An application property; may be repeated.", HelpName = "NAME=VALUE" };
    private readonly Option<string?> _contentType = new("--content-type") { Description = "Such as application/json.", HelpName = "TYPE" };
    private readonly Option<string?> _contentEncoding = new("--content-encoding") { Description = "Such as utf-8.", HelpName = "NAME" };
    private readonly Option<string?> _messageId = new("--message-id") { Description = "Default a random one.", HelpName = "ID" };
    private readonly Option<string?> _correlationId = new("--correlation-id") { Description = "What it answers.", HelpName = "ID" };
    private readonly Option<int?> _count = CommonOptions.Number("--count", 1, 1_000_000, "Send it so often. Default 1.");
    private readonly Option<FeedbackRequest> _ack = CommonOptions.Choice("--ack", FeedbackRequest.None, "With --c2d: which feedback is wanted.");
    private readonly Option<TimeSpan?> _expires = CommonOptions.Span("--expires-in", "With --c2d: when it is no longer of use, such as 10m.");
    private readonly Option<DeviceTransport> _transport = CommonOptions.Choice("--transport", DeviceTransport.Mqtt, "As a device: over MQTT, over a WebSocket, or without TLS.");
    private readonly Option<string?> _deviceConnection = new("--device-connection-string") { Description = "Connect as the device with this, and not with a key of the registry.", HelpName = "TEXT" };

    public SendCommand(CliConsole console)
        : base(console, "send", "Send messages as a device, or to one (--c2d).")
    {
        _identity.AddTo(this);
        foreach (var symbol in (ReadOnlySpan<Option>)[
            _c2d, _properties, _contentType, _contentEncoding, _messageId, _correlationId, _count, _ack, _expires, _transport, _deviceConnection])
        {
            Add(symbol);
        }

        Add(_body);
        AddHubOptions();
    }

    protected override async Task<int> RunAsync(ClientCall call, CancellationToken cancellationToken)
    {
        var id = _identity.Read(call);
        var messageId = call.Get(_messageId) ?? Guid.NewGuid().ToString("N");
        var count = call.Get(_count) ?? 1;
        var body = await InputText.ReadAsync(call.Get(_body), Console, cancellationToken);
        var messages = Enumerable.Range(1, count)
            .Select(i => PropertiesOf(call, count == 1 ? messageId : string.Create(CultureInfo.InvariantCulture, $"{messageId}-{i}")));
        if (call.Get(_c2d))
        {
            await using var client = call.Target.CreateMessaging();
            foreach (var properties in messages)
            {
                await client.SendAsync(id, properties, body, cancellationToken);
            }
        }
        else
        {
            await SendAsDeviceAsync(call, id, body, messages, cancellationToken);
        }

        Write(call.Format, new SendResult(id.DeviceId, id.ModuleId, call.Get(_c2d) ? "c2d" : "d2c", count, messageId));
        return ExitCodes.Ok;
    }

    private async Task SendAsDeviceAsync(
        ClientCall call, IdentityId id, byte[] body, IEnumerable<EventProperties> messages, CancellationToken cancellationToken)
    {
        var transport = call.Get(_transport) switch
        {
            DeviceTransport.Ws => ClientTransport.MqttWebSocket,
            DeviceTransport.Plain => ClientTransport.MqttPlain,
            _ => ClientTransport.Mqtt,
        };
        var options = call.Target.DeviceOptions(transport);
        await using var client = DeviceClient.Create(await ConnectionOfAsync(call, id, cancellationToken), options);
        await client.ConnectAsync(cancellationToken);
        var pending = new Queue<Task>();
        foreach (var properties in messages)
        {
            pending.Enqueue(client.SendEventAsync(body, properties, cancellationToken).AsTask());
            if (pending.Count >= options.MaxInFlight)
            {
                await pending.Dequeue();
            }
        }

        await Task.WhenAll(pending);
    }

    private async Task<IotHubConnectionString> ConnectionOfAsync(ClientCall call, IdentityId id, CancellationToken cancellationToken)
    {
        var given = call.Get(_deviceConnection) is { } text ? IotHubConnectionString.Parse(text) : call.Target.Connection;
        if (given.DeviceId is not null)
        {
            return given.Id == id
                ? given
                : throw new CliException($"The connection string is of '{given.Id}', but the command is for '{id}'.", ExitCodes.Usage);
        }

        var identity = await call.Service.GetDeviceAsync(id, cancellationToken) ?? throw CliException.NotFound(id);
        return identity.Authentication?.SymmetricKey?.PrimaryKey is { Length: > 0 } key
            ? new IotHubConnectionString { HostName = given.HostName, DeviceId = id.DeviceId, ModuleId = id.ModuleId, SharedAccessKey = key }
            : throw new CliException($"'{id}' has no key: it proves itself by certificate, which this command cannot.");
    }

    private EventProperties PropertiesOf(ClientCall call, string messageId)
    {
        var writer = new EventPropertiesWriter();
        writer.Add(SystemProperty.MessageId, messageId);
        AddIfSet(writer, SystemProperty.CorrelationId, call.Get(_correlationId));
        AddIfSet(writer, SystemProperty.ContentType, call.Get(_contentType));
        AddIfSet(writer, SystemProperty.ContentEncoding, call.Get(_contentEncoding));
        if (call.Get(_c2d))
        {
            AddIfSet(writer, SystemProperty.Ack, call.Get(_ack) is var ack and not FeedbackRequest.None ? DeviceView.Word(ack) : null);
            AddIfSet(writer, SystemProperty.AbsoluteExpiryTime, call.Get(_expires) is { } span ? WireTime.Format(TimeProvider.System.GetUtcNow() + span) : null);
        }

        foreach (var property in call.Get(_properties) ?? [])
        {
            var equals = property.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new CliException($"--property is '{property}'; NAME=VALUE is permitted.", ExitCodes.Usage);
            }

            writer.Add(property.AsSpan(0, equals), property.AsSpan(equals + 1));
        }

        return writer.ToProperties();
    }

    private static void AddIfSet(EventPropertiesWriter writer, SystemProperty property, string? value)
    {
        if (value is not null)
        {
            writer.Add(property, value);
        }
    }

    private void Write(OutputFormat format, SendResult result) => Console.WriteOne(
        format,
        JsonSerializer.Serialize(result, CliJson.Line.SendResult),
        [
            ("deviceId", result.DeviceId),
            ("moduleId", result.ModuleId),
            ("direction", result.Direction),
            ("count", $"{result.Count}"),
            ("messageId", result.MessageId),
        ]);
}
