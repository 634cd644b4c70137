using Nave.Hub.Telemetry;
using Nave.Server.Connections;

namespace Nave.Server.Mqtt;

/// <summary>Where the MQTT head listens and what it permits.</summary>
public sealed record MqttHeadOptions : SocketHeadOptions
{
    /// <summary>Makes the defaults: TLS on port 8883, for the device SDKs know no other.</summary>
    public MqttHeadOptions() => TlsPort = 8883;

    /// <summary>Gets the longest silence that is granted, whatever the keep-alive says. Source: Azure IoT Hub, 1767 s.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(1767);

    /// <summary>Gets the largest packet, in bytes: a body of 256 KiB (Azure IoT Hub's limit), the longest topic (65,535 bytes) and the rest.</summary>
    public int MaxPacketBytes { get; init; } = TelemetryIngest.MaxEventBytes + 65_535 + 1024;

    /// <summary>Gets how many cloud-to-device messages may wait for a device's acknowledgement. Default 32.</summary>
    public int CommandWindow { get; init; } = 32;

    /// <inheritdoc/>
    public override IEnumerable<string> Validate() =>
    [
        .. base.Validate(),
        .. Check(nameof(MaxSilence), MaxSilence, TimeSpan.FromSeconds(2), TimeSpan.FromHours(24)),
        .. Check(nameof(MaxPacketBytes), MaxPacketBytes, 1024, 16 * 1024 * 1024),
        .. Check(nameof(CommandWindow), CommandWindow, 1, 1000),
    ];
}
