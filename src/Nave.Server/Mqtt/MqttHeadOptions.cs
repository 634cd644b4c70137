using System.Net;
using Nave.Hub.Telemetry;
using Nave.Server.Connections;

namespace Nave.Server.Mqtt;

/// <summary>Where the MQTT head listens and what it permits.</summary>
public sealed record MqttHeadOptions
{
    /// <summary>Gets the address to listen on; <see langword="null"/> = every address, IPv4 and IPv6.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Gets the port for TLS, 0 = any free one, <see langword="null"/> = none. The device SDKs know no other than 8883.</summary>
    public int? TlsPort { get; init; } = 8883;

    /// <summary>Gets the port without TLS, 0 = any free one, <see langword="null"/> = none (the default): tokens travel in clear text.</summary>
    public int? PlainPort { get; init; }

    /// <summary>Gets the number of event loop threads for plain TCP; 0 = a quarter of the cores, at least one. One loop serves about a million messages a second.</summary>
    public int Loops { get; init; }

    /// <summary>Gets how long a peer has for the TLS handshake, and then again for its CONNECT. Default 20 s.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Gets the longest silence that is granted, whatever the keep-alive says. Source: Azure IoT Hub, 1767 s.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(1767);

    /// <summary>Gets the largest packet, in bytes: a body of 256 KiB (Azure IoT Hub's limit), the longest topic (65,535 bytes) and the rest.</summary>
    public int MaxPacketBytes { get; init; } = TelemetryIngest.MaxEventBytes + 65_535 + 1024;

    /// <summary>Gets how many cloud-to-device messages may wait for a device's acknowledgement. Default 32.</summary>
    public int CommandWindow { get; init; } = 32;

    /// <summary>Gets how many twin requests of one device may wait for their turn; more are answered with 429. Default 64.</summary>
    public int MaxWaitingRequests { get; init; } = 64;

    /// <summary>Gets how long a connection waits for storage that takes no writes, before it is closed. Default 5 s.</summary>
    public TimeSpan StorageGrace { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Gets what one connection may cost.</summary>
    public ConnectionLimits Limits { get; init; } = new();

    /// <summary>Reports every value that is out of its range.</summary>
    public IEnumerable<string> Validate()
    {
        if (TlsPort is < 0 or > 65535)
        {
            yield return $"{nameof(TlsPort)} is {TlsPort}; permitted are 0 to 65535.";
        }

        if (PlainPort is < 0 or > 65535)
        {
            yield return $"{nameof(PlainPort)} is {PlainPort}; permitted are 0 to 65535.";
        }

        if (Loops is < 0 or > 64)
        {
            yield return $"{nameof(Loops)} is {Loops}; permitted are 0 to 64.";
        }

        if (ConnectTimeout < TimeSpan.FromSeconds(1) || ConnectTimeout > TimeSpan.FromMinutes(5))
        {
            yield return $"{nameof(ConnectTimeout)} is {ConnectTimeout}; permitted are 1 s to 5 min.";
        }

        if (MaxSilence < TimeSpan.FromSeconds(2) || MaxSilence > TimeSpan.FromHours(24))
        {
            yield return $"{nameof(MaxSilence)} is {MaxSilence}; permitted are 2 s to 24 h.";
        }

        if (MaxPacketBytes is < 1024 or > 16 * 1024 * 1024)
        {
            yield return $"{nameof(MaxPacketBytes)} is {MaxPacketBytes}; permitted are 1024 to 16777216.";
        }

        if (CommandWindow is < 1 or > 1000)
        {
            yield return $"{nameof(CommandWindow)} is {CommandWindow}; permitted are 1 to 1000.";
        }

        if (MaxWaitingRequests is < 1 or > 1000)
        {
            yield return $"{nameof(MaxWaitingRequests)} is {MaxWaitingRequests}; permitted are 1 to 1000.";
        }

        if (StorageGrace < TimeSpan.Zero || StorageGrace > TimeSpan.FromMinutes(5))
        {
            yield return $"{nameof(StorageGrace)} is {StorageGrace}; permitted are 0 to 5 min.";
        }

        foreach (var problem in Limits.Validate())
        {
            yield return $"{nameof(Limits)}: {problem}";
        }
    }
}
