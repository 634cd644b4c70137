using System.CommandLine;
using System.Globalization;
using Nave.Api;
using Nave.Cli.Output;
using Nave.Client;
using Nave.Server.Hosting;

namespace Nave.Cli.Commands;

/// <summary>
/// The options by which every client command finds its hub: a connection string, or the local hub of a data folder, whose status also
/// tells its ports and its CA.
/// </summary>
internal sealed class HubOptions
{
    /// <summary>The environment variable that stands for <c>--connection-string</c>.</summary>
    public const string Variable = "NAVE_CONNECTION_STRING";

    /// <summary>The environment variable that stands for <c>--connection-string</c> where a command is for device provisioning.</summary>
    public const string ProvisioningVariable = "NAVE_DPS_CONNECTION_STRING";

    // A local hub is reached here, whatever its name resolves to.
    private const string LocalHost = "localhost";

    // Where UseDevelopmentEmulator leads.
    private const int DevelopmentPort = 5672;

    private readonly string? _role;
    private readonly Argument<string?>? _place;
    private readonly Option<string?> _connectionString;
    private readonly Option<string> _data;
    private readonly Option<string?> _endpoint;
    private readonly Option<string?> _mqttEndpoint;
    private readonly Option<string?> _amqpEndpoint;
    private readonly Option<string?> _ca;

    /// <summary>Makes the options of the one hub of a command.</summary>
    public HubOptions()
    {
        _connectionString = new("--connection-string")
        {
            Description = $"The hub's connection string; else {Variable}, else the local hub of --data.",
            HelpName = "TEXT",
        };
        _data = CommonOptions.Data();
        (_endpoint, _mqttEndpoint, _amqpEndpoint, _ca) = Places("--", "the hub");
    }

    /// <summary>Makes the options of one of several hubs of a command: <c>--from</c>, <c>--from-data</c>, <c>--from-endpoint</c> and so on.</summary>
    /// <param name="role">Such as <c>from</c>.</param>
    /// <param name="what">Such as <c>the source</c>.</param>
    public HubOptions(string role, string what)
    {
        _role = role;
        _place = role switch
        {
            "from" => PlaceOf("SOURCE", role, what),
            "to" => PlaceOf("TARGET", role, what),
            _ => null,
        };
        _connectionString = new($"--{role}") { Description = $"The connection string of {what}.", HelpName = "TEXT" };
        _data = new($"--{role}-data") { Description = $"In its place: the data folder of a local hub that is {what}.", HelpName = "DIR" };
        (_endpoint, _mqttEndpoint, _amqpEndpoint, _ca) = Places($"--{role}-", what);
    }

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        if (_place is not null)
        {
            command.Add(_place);
        }

        command.Add(_connectionString);
        command.Add(_data);
        command.Add(_endpoint);
        command.Add(_mqttEndpoint);
        command.Add(_amqpEndpoint);
        command.Add(_ca);
    }

    /// <summary>Finds the hub.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">The environment.</param>
    /// <param name="provisioning">Whether device provisioning is meant, in place of a hub.</param>
    /// <exception cref="CliException">No hub is named and none runs locally, or an option is malformed.</exception>
    public HubTarget Resolve(ParseResult parsed, CliConsole console, bool provisioning = false)
    {
        var (text, local) = Find(parsed, console, provisioning);
        if (!IotHubConnectionString.TryParse(text, out var connection, out var error))
        {
            throw new CliException(error, ExitCodes.Usage);
        }

        var own = provisioning ? local?.Provisioning?.ServiceConnectionString : local?.ServiceConnectionString;
        var isLocal = local is not null && (parsed.GetResult(_data) is { Implicit: false } || IsServedBy(own, connection));
        return TargetOf(parsed, isLocal ? local : null, connection);
    }

    private (string Text, ServerStatus? Local) Find(ParseResult parsed, CliConsole console, bool provisioning)
    {
        if (_role is not null)
        {
            return FindNamed(parsed);
        }

        var folder = parsed.GetValue(_data)!;
        var local = LocalHub.Find(folder);
        var (variable, what) = provisioning ? (ProvisioningVariable, "provisioning service") : (Variable, "hub");
        var text = parsed.GetValue(_connectionString) ?? console.Environment(variable);
        if (string.IsNullOrWhiteSpace(text))
        {
            text = (provisioning ? local?.Provisioning?.ServiceConnectionString : local?.ServiceConnectionString) ?? throw new CliException(
                $"No {what} is named and none runs on the data folder '{folder}'. Give --connection-string, set {variable}, or start one with: nave serve");
        }

        return (text, local);
    }

    /// <summary>One of several hubs is always named: a guess could take the wrong one for the source.</summary>
    private (string Text, ServerStatus? Local) FindNamed(ParseResult parsed)
    {
        var (text, folder) = (parsed.GetValue(_connectionString), parsed.GetValue(_data));
        if (text is null && folder is null && _place is not null && parsed.GetValue(_place) is { } place)
        {
            var isConnection = place.Contains("HostName=", StringComparison.OrdinalIgnoreCase);
            (text, folder) = (isConnection ? place : null, isConnection ? null : place);
        }

        var local = folder is null ? null
            : LocalHub.Find(folder) ?? throw new CliException($"No hub runs on the data folder '{folder}' that is named for --{_role}.");
        return (text ?? local?.ServiceConnectionString ?? throw new CliException($"Give {(_place is null ? "" : $"{_place.Name}, ")}--{_role} or --{_role}-data.", ExitCodes.Usage), local);
    }

    private static Argument<string?> PlaceOf(string name, string role, string what) => new(name)
    {
        Description = $"In place of --{role}: the connection string of {what}, or the data folder of a local hub.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static (Option<string?> Https, Option<string?> Mqtt, Option<string?> Amqp, Option<string?> Ca) Places(string prefix, string what) => (
        new($"{prefix}endpoint") { Description = $"Where HTTPS to {what} goes, if not to its name and port 443.", HelpName = "HOST[:PORT]" },
        new($"{prefix}mqtt-endpoint") { Description = $"Where MQTT to {what} goes, if not to its name and port 8883.", HelpName = "HOST[:PORT]" },
        new($"{prefix}amqp-endpoint") { Description = $"Where AMQP to {what} goes, if not to its name and port 5671.", HelpName = "HOST[:PORT]" },
        new($"{prefix}ca") { Description = $"A PEM file with the CA of {what} to trust in place of the system's.", HelpName = "FILE" });

    private HubTarget TargetOf(ParseResult parsed, ServerStatus? local, IotHubConnectionString connection)
    {
        var isLocal = local is not null;
        return new HubTarget
        {
            Connection = connection,
            ServiceEndpoint = EndpointOf(parsed, _endpoint) ?? (isLocal ? Local(local!.Ports.Https) : new ClientEndpoint()),
            MqttEndpoint = EndpointOf(parsed, _mqttEndpoint)
                ?? (isLocal ? Local(local!.Ports.Mqtt)
                : new ClientEndpoint { Host = EndpointOf(parsed, _endpoint)?.Host }),
            AmqpEndpoint = EndpointOf(parsed, _amqpEndpoint)
                ?? (local?.Ports.Amqp is { } amqp ? Local(amqp)
                : new ClientEndpoint { Host = EndpointOf(parsed, _endpoint)?.Host }),
            MqttPlainPort = isLocal ? local!.Ports.MqttPlain : null,
            EventHub = isLocal && IsServedBy(local!.ServiceConnectionString, connection) ? EventHubConnectionString.Parse(local.EventHubConnectionString) : null,
            Roots = (parsed.GetValue(_ca) ?? (isLocal ? local!.CaFile : null)) is { } file ? ClientTrust.LoadPem(file) : null,
        };
    }

    /// <summary>Finds an event stream: an event hub's connection string is good for it too.</summary>
    /// <exception cref="CliException">None is named and no hub runs locally, or an option is malformed.</exception>
    public EventsTarget ResolveEvents(ParseResult parsed, CliConsole console)
    {
        var (text, local) = Find(parsed, console, provisioning: false);
        if (!text.Contains("Endpoint=", StringComparison.OrdinalIgnoreCase))
        {
            return Resolve(parsed, console).Events;
        }

        if (!EventHubConnectionString.TryParse(text, out var connection, out var error))
        {
            throw new CliException(error, ExitCodes.Usage);
        }

        // Made from what a local hub printed: then it is reached where it listens.
        var isLocal = local is not null && (parsed.GetResult(_data) is { Implicit: false }
            || (EventHubConnectionString.TryParse(local.EventHubConnectionString, out var own, out _) && own == connection));
        var hub = TargetOf(parsed, isLocal ? local : null, new IotHubConnectionString { HostName = connection.Endpoint.Host });
        var endpoint = isLocal && connection.UseDevelopmentEmulator ? Local(local!.Ports.AmqpPlain ?? DevelopmentPort) : hub.AmqpEndpoint;
        return hub.Events with { EventHub = connection, Hub = null, AmqpEndpoint = endpoint };
    }

    /// <summary>Tells whether the command line itself names a hub; a variable that happens to be set does not.</summary>
    public bool IsNamed(ParseResult parsed) =>
        parsed.GetValue(_connectionString) is not null || parsed.GetResult(_data) is { Implicit: false };

    /// <summary>Gets the process of the local hub, if that is the one that is named.</summary>
    public int? LocalProcess(ParseResult parsed) =>
        parsed.GetResult(_data) is { Implicit: false } ? LocalHub.Find(parsed.GetValue(_data)!)?.ProcessId : null;

    /// <summary>Makes the target of a server that runs on this machine.</summary>
    public static HubTarget TargetOf(ServerStatus status) => new()
    {
        Connection = IotHubConnectionString.Parse(status.ServiceConnectionString),
        ServiceEndpoint = Local(status.Ports.Https),
        MqttEndpoint = Local(status.Ports.Mqtt),
        AmqpEndpoint = status.Ports.Amqp is { } amqp ? Local(amqp) : new ClientEndpoint { Host = LocalHost },
        MqttPlainPort = status.Ports.MqttPlain,
        EventHub = EventHubConnectionString.Parse(status.EventHubConnectionString),
        Roots = status.CaFile is { } file ? ClientTrust.LoadPem(file) : null,
    };

    /// <summary>Tells whether a connection string is one of a server of this machine.</summary>
    public static bool IsLocal(ServerStatus? status, IotHubConnectionString connection) =>
        status is not null && IsServedBy(status.ServiceConnectionString, connection);

    // The same name and the same key: this is not another hub that happens to have the default's name.
    private static bool IsServedBy(string? ownConnection, IotHubConnectionString connection) =>
        IotHubConnectionString.TryParse(ownConnection, out var own, out _)
        && own.HostName.Equals(connection.HostName, StringComparison.OrdinalIgnoreCase)
        && (connection.DeviceId is not null || own.SharedAccessKey == connection.SharedAccessKey || connection.SharedAccessKeyName != own.SharedAccessKeyName);

    private static ClientEndpoint Local(int port) => new() { Host = LocalHost, Port = port };

    private static ClientEndpoint? EndpointOf(ParseResult parsed, Option<string?> option)
    {
        return parsed.GetValue(option) is { } text ? EndpointOf(option.Name, text) : null;
    }

    /// <summary>Reads HOST or HOST:PORT.</summary>
    /// <param name="name">What names it, for messages.</param>
    /// <param name="text">The text.</param>
    /// <exception cref="CliException">It is malformed.</exception>
    public static ClientEndpoint EndpointOf(string name, string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || (text.StartsWith('[') && text.EndsWith(']')))
        {
            return new ClientEndpoint { Host = text };
        }

        return colon > 0 && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? new ClientEndpoint { Host = text[..colon].Trim('[', ']'), Port = port }
            : throw new CliException($"{name} is '{text}'; HOST or HOST:PORT with a port from 1 to 65535 is permitted.", ExitCodes.Usage);
    }
}
