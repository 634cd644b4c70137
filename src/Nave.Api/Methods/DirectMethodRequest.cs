using System.Buffers;
using System.Text.Json.Serialization;

namespace Nave.Api;

/// <summary>A direct method call. Source of names and ranges: wire facts 12.</summary>
public sealed record DirectMethodRequest
{
    /// <summary>How long a device may take when the caller does not say: 30 s.</summary>
    public const int DefaultResponseSeconds = 30;

    /// <summary>The largest payload: 128 KiB.</summary>
    public const int MaxPayloadBytes = 128 * 1024;

    // Wire facts 12.9: printable ASCII without the separators of RFC 2616.
    private static readonly SearchValues<char> s_nameCharacters =
        SearchValues.Create("!#%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");

    /// <summary>Gets the method's name.</summary>
    public string? MethodName { get; init; }

    /// <summary>Gets the payload, verbatim; undefined when there is none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public RawJson Payload { get; init; }

    /// <summary>Gets how long the device may take, in seconds: 5 to 300. Read from a number or a string (the az CLI sends one).</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ResponseTimeoutInSeconds { get; init; }

    /// <summary>Gets how long to wait for the device to connect, in seconds: 0 to 300. Read from a number or a string.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ConnectTimeoutInSeconds { get; init; }

    /// <summary>Gets how long the device may take, with the default.</summary>
    [JsonIgnore]
    public TimeSpan ResponseTimeout => TimeSpan.FromSeconds(ResponseTimeoutInSeconds ?? DefaultResponseSeconds);

    /// <summary>Gets how long to wait for the device to connect, with the default of none.</summary>
    [JsonIgnore]
    public TimeSpan ConnectTimeout => TimeSpan.FromSeconds(ConnectTimeoutInSeconds ?? 0);

    /// <summary>Checks name, time-outs and payload.</summary>
    /// <returns>400004 with what is permitted, or <see langword="null"/> if all is well.</returns>
    public HubError? Validate()
    {
        if (string.IsNullOrEmpty(MethodName) || MethodName.Length > 100)
        {
            return Invalid("methodName must have 1 to 100 characters.");
        }

        var bad = MethodName.AsSpan().IndexOfAnyExcept(s_nameCharacters);
        if (bad >= 0)
        {
            return Invalid($"methodName has U+{(int)MethodName[bad]:X4} at {bad}; permitted are printable ASCII characters except $()<>@,;:\\\"/[]?={{}} and space.");
        }

        if (ResponseTimeoutInSeconds is < 5 or > 300)
        {
            return Invalid($"responseTimeoutInSeconds is {ResponseTimeoutInSeconds}; permitted are 5 to 300.");
        }

        if (ConnectTimeoutInSeconds is < 0 or > 300)
        {
            return Invalid($"connectTimeoutInSeconds is {ConnectTimeoutInSeconds}; permitted are 0 to 300.");
        }

        return Payload.Utf8.Length > MaxPayloadBytes
            ? Invalid($"payload has {Payload.Utf8.Length} bytes; permitted are {MaxPayloadBytes}.")
            : null;
    }

    private static HubError Invalid(string message) => new(HubErrorCode.ArgumentInvalid, message);
}
