using Nave.Amqp.Wire;

namespace Nave.Amqp;

/// <summary>What one side of a connection says of itself, and its limits. Share one instance among connections.</summary>
public sealed record AmqpConnectionOptions
{
    /// <summary>Gets the container's name.</summary>
    public required string ContainerId { get; init; }

    /// <summary>Gets the host that a client wants, or null.</summary>
    public string? HostName { get; init; }

    /// <summary>Gets the largest frame to take, in bytes, 512 or more. 65536: what the real service offers (wire facts 5.2.6).</summary>
    public int MaxFrameSize { get; init; } = 65_536;

    /// <summary>Gets the largest frame to take before <see cref="AmqpConnection.SetAuthenticated"/>, in bytes. A token of Entra ID and its frame fit.</summary>
    public int MaxUnauthenticatedFrameSize { get; init; } = 8_192;

    /// <summary>Gets how many sessions a connection may have. 8192: the real service's channel-max is 8191.</summary>
    public int MaxSessions { get; init; } = 8_192;

    /// <summary>Gets how many links a session may have; handle-max is one less.</summary>
    public int MaxLinks { get; init; } = 256;

    /// <summary>Gets how many links and sessions a connection may have before <see cref="AmqpConnection.SetAuthenticated"/>.</summary>
    public int MaxUnauthenticatedLinks { get; init; } = 8;

    /// <summary>Gets after how much silence the peer is told that we give up, in milliseconds, 0 for never; in fact half as long again. 240000: the real service's.</summary>
    public int IdleTimeout { get; init; } = 240_000;

    /// <summary>Gets how many transfer frames a session takes before the next flow.</summary>
    public int IncomingWindow { get; init; } = 2_048;

    /// <summary>Gets how many deliveries a session may have sent that are not settled yet.</summary>
    public int MaxUnsettled { get; init; } = 4_096;

    /// <summary>Gets how many bytes of messages that came in part a connection keeps.</summary>
    public int MaxPartialBytes { get; init; } = 2 << 20;

    /// <summary>Gets the SASL mechanisms that a server offers; empty for no SASL.</summary>
    public IReadOnlyList<string> SaslMechanisms { get; init; } = [];

    /// <summary>Gets a value indicating whether a server takes a connection without SASL: most IoT clients (wire facts 5.1.2).</summary>
    public bool AllowsNoSasl { get; init; } = true;

    /// <summary>Gets a client's part of SASL, or null to open without it.</summary>
    public AmqpSaslClient? Sasl { get; init; }

    /// <summary>Gets the capabilities to offer, or null.</summary>
    public IReadOnlyList<string>? OfferedCapabilities { get; init; }

    /// <summary>Gets the capabilities to ask for, or null.</summary>
    public IReadOnlyList<string>? DesiredCapabilities { get; init; }

    /// <summary>Gets the properties of the open (keys are symbols), or null.</summary>
    public AmqpMap? Properties { get; init; }

    internal void Validate()
    {
        Check(MaxFrameSize >= AmqpFrame.MinMaxSize, nameof(MaxFrameSize), MaxFrameSize, $"at least {AmqpFrame.MinMaxSize}");
        Check(MaxUnauthenticatedFrameSize >= AmqpFrame.MinMaxSize, nameof(MaxUnauthenticatedFrameSize), MaxUnauthenticatedFrameSize, $"at least {AmqpFrame.MinMaxSize}");
        Check(MaxSessions is >= 1 and <= 65_536, nameof(MaxSessions), MaxSessions, "1 to 65536");
        Check(MaxLinks >= 1, nameof(MaxLinks), MaxLinks, "at least 1");
        Check(MaxUnauthenticatedLinks >= 1, nameof(MaxUnauthenticatedLinks), MaxUnauthenticatedLinks, "at least 1");
        Check(IdleTimeout >= 0, nameof(IdleTimeout), IdleTimeout, "at least 0");
        Check(IncomingWindow >= 1, nameof(IncomingWindow), IncomingWindow, "at least 1");
        Check(MaxUnsettled >= 1, nameof(MaxUnsettled), MaxUnsettled, "at least 1");
        Check(MaxPartialBytes >= 0, nameof(MaxPartialBytes), MaxPartialBytes, "at least 0");
    }

    private static void Check(bool good, string name, int value, string range)
    {
        if (!good)
        {
            throw new ArgumentException($"{name} is {value}; {range} is permitted.");
        }
    }
}
