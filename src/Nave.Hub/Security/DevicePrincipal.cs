using Nave.Api;
using Nave.Hub.Limits;
using Nave.Hub.Telemetry;

namespace Nave.Hub.Security;

/// <summary>A device or module that has proved who it is.</summary>
/// <param name="Id">Who.</param>
/// <param name="GenerationId">Which life of that id; a re-created identity has another.</param>
/// <param name="AuthMethod">How, as the JSON of the <c>iothub-connection-auth-method</c> annotation.</param>
/// <param name="Expires">When its token ends, or <see langword="null"/> (X.509).</param>
public sealed record DevicePrincipal(IdentityId Id, string GenerationId, string AuthMethod, DateTimeOffset? Expires)
{
    private EventHeader? _eventHeader;

    // A copy with another id must not keep the header of this one.
    private DevicePrincipal(DevicePrincipal original)
    {
        Id = original.Id;
        GenerationId = original.GenerationId;
        AuthMethod = original.AuthMethod;
        Expires = original.Expires;
        Proof = original.Proof;
        SendBudget = original.SendBudget;
    }

    /// <summary>Gets what its events begin with: made when the first is sent, then only copied.</summary>
    internal EventHeader EventHeader => _eventHeader ??= EventHeader.Create(EventSource.Telemetry, Id, GenerationId, AuthMethod);

    /// <summary>Gets what the proof rests on; <see langword="null"/> for a principal that was not made by the authenticator.</summary>
    internal CredentialProof? Proof { get; init; }

    /// <summary>Gets what the device pays its sends from; shared by all its connections. <see langword="null"/> = no limit.</summary>
    internal TokenBucket? SendBudget { get; init; }

    /// <summary>Compares what a principal states, not what it has computed from it.</summary>
    public bool Equals(DevicePrincipal? other) =>
        other is not null && Id == other.Id && GenerationId == other.GenerationId && AuthMethod == other.AuthMethod && Expires == other.Expires;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Id, GenerationId, AuthMethod, Expires);
}
