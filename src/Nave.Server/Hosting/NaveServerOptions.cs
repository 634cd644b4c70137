using System.Net;

namespace Nave.Server.Hosting;

/// <summary>How a server is to run: what <c>nave serve</c> takes.</summary>
public sealed record NaveServerOptions
{
    /// <summary>Azure's ports: what every SDK has built in.</summary>
    public const int DefaultHttpsPort = 443;

    /// <summary>Where HTTPS goes when <see cref="DefaultHttpsPort"/> may not be bound.</summary>
    public const int FallbackHttpsPort = 8443;

    /// <summary>MQTT over TLS, as registered with IANA.</summary>
    public const int DefaultMqttPort = 8883;

    /// <summary>AMQP over TLS, as registered with IANA.</summary>
    public const int DefaultAmqpPort = 5671;

    /// <summary>The host name of device provisioning: names below <c>localhost</c> are this machine's (RFC 6761).</summary>
    public const string DefaultProvisioningHostName = "dps.localhost";

    /// <summary>Gets the data folder.</summary>
    public string DataFolder { get; init; } = ".nave";

    /// <summary>Gets the host name of the default hub.</summary>
    public string HostName { get; init; } = "localhost";

    /// <summary>Gets the address to listen on: all by default, as a hub has to be reached.</summary>
    public IPAddress Address { get; init; } = IPAddress.IPv6Any;

    /// <summary>Gets the HTTPS port; <see langword="null"/> = 443, or 8443 when that may not be bound; 0 = any free one.</summary>
    public int? HttpsPort { get; init; }

    /// <summary>Gets the port of MQTT over TLS; 0 = any free one.</summary>
    public int MqttPort { get; init; } = DefaultMqttPort;

    /// <summary>Gets the port of MQTT without TLS; <see langword="null"/> = off.</summary>
    public int? MqttPlainPort { get; init; }

    /// <summary>Gets the port of AMQP over TLS; 0 = any free one.</summary>
    public int AmqpPort { get; init; } = DefaultAmqpPort;

    /// <summary>Gets the port of AMQP without TLS, where <c>UseDevelopmentEmulator=true</c> connects; <see langword="null"/> = off.</summary>
    public int? AmqpPlainPort { get; init; }

    /// <summary>Gets the host name of device provisioning.</summary>
    public string ProvisioningHostName { get; init; } = DefaultProvisioningHostName;

    /// <summary>Gets the number of partitions of a new default hub.</summary>
    public int Partitions { get; init; } = 4;

    /// <summary>Gets the tier of a new default hub.</summary>
    public string Tier { get; init; } = "unlimited";

    /// <summary>Gets how long a new default hub keeps events; <see langword="null"/> = for ever.</summary>
    public TimeSpan? RetentionTime { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Gets how many bytes of events a new default hub keeps; <see langword="null"/> = no limit.</summary>
    public long? RetentionBytes { get; init; }

    /// <summary>Gets the owner's key (base64) of a new default hub; <see langword="null"/> = a random one.</summary>
    public string? OwnerKey { get; init; }

    /// <summary>Gets the PEM file of a server certificate of one's own; <see langword="null"/> = the development CA's.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>Gets the PEM file of its key.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Gets the folders beneath which <c>file:</c> containers of hubs may be; <see langword="null"/> = <c>files</c> in the data folder.</summary>
    public IReadOnlyList<string>? FileRoots { get; init; }

    /// <summary>
    /// Gets the folder below which jobs read and write <c>file:</c> containers, each hub beneath a folder with its own name;
    /// <see langword="null"/> (the default) = <c>exports</c> in the data folder.
    /// </summary>
    public string? ExportFolder { get; init; }

    /// <summary>Gets where to send OpenTelemetry (OTLP); <see langword="null"/> = nowhere.</summary>
    public Uri? OtlpEndpoint { get; init; }
}
