using System.Diagnostics.CodeAnalysis;

namespace Nave.Api;

/// <summary>
/// Where an event stream is: <c>Endpoint=sb://host/;SharedAccessKeyName=…;SharedAccessKey=…;EntityPath=…[;UseDevelopmentEmulator=true]</c>.
/// </summary>
public sealed record EventHubConnectionString
{
    /// <summary>Gets the endpoint, such as <c>sb://hub.test/</c>.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>Gets the policy's name.</summary>
    public required string SharedAccessKeyName { get; init; }

    /// <summary>Gets the key. Event Hubs signs with its text as it stands, an IoT hub with the bytes that it is base64 of. Secret.</summary>
    public required string SharedAccessKey { get; init; }

    /// <summary>Gets the event stream's name.</summary>
    public required string EntityPath { get; init; }

    /// <summary>Gets a value indicating whether the endpoint is a development one: AMQP without TLS, on port 5672 unless the endpoint names another.</summary>
    public bool UseDevelopmentEmulator { get; init; }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="FormatException">A part is missing or malformed; the message names it and never quotes a key.</exception>
    public static EventHubConnectionString Parse(string text) => TryParse(text, out var value, out var error) ? value : throw new FormatException(error);

    /// <summary>Reads a connection string.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The parts.</param>
    /// <param name="error">Which part is missing or malformed; never quotes a key.</param>
    public static bool TryParse(
        string? text, [NotNullWhen(true)] out EventHubConnectionString? value, [NotNullWhen(false)] out string? error)
    {
        value = null;
        var parts = ConnectionStringParts.Parse(text ?? string.Empty, out error);
        foreach (var name in (string[])["Endpoint", "SharedAccessKeyName", "SharedAccessKey", "EntityPath"])
        {
            if (error is null && string.IsNullOrEmpty(parts.GetValueOrDefault(name)))
            {
                error = $"The connection string has no {name}.";
            }
        }

        Uri? endpoint = null;
        if (error is null && (!Uri.TryCreate(parts["Endpoint"], UriKind.Absolute, out endpoint) || endpoint.Scheme != "sb"))
        {
            error = $"Endpoint is {parts["Endpoint"]}; a URI such as sb://host/ is needed.";
        }

        if (error is not null)
        {
            return false;
        }

        value = new EventHubConnectionString
        {
            Endpoint = endpoint!, // Set, or there was an error.
            SharedAccessKeyName = parts["SharedAccessKeyName"],
            SharedAccessKey = parts["SharedAccessKey"],
            EntityPath = parts["EntityPath"],
            UseDevelopmentEmulator = string.Equals(parts.GetValueOrDefault("UseDevelopmentEmulator"), "true", StringComparison.OrdinalIgnoreCase),
        };
        return true;
    }

    /// <summary>Returns the connection string with its key left out.</summary>
    public override string ToString() => ToString(includeSecrets: false);

    /// <summary>Returns the connection string.</summary>
    /// <param name="includeSecrets">Whether the key is written; otherwise <c>***</c> stands for it.</param>
    public string ToString(bool includeSecrets) =>
        $"Endpoint={Endpoint};SharedAccessKeyName={SharedAccessKeyName};SharedAccessKey={(includeSecrets ? SharedAccessKey : "***")};EntityPath={EntityPath}"
        + (UseDevelopmentEmulator ? ";UseDevelopmentEmulator=true" : string.Empty);
}
