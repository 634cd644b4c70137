using System.Text.Json;
using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>The answer to a register or operation call.</summary>
/// <param name="Operation">The wire's form.</param>
public sealed record RegistrationProgress(RegistrationOperationStatus Operation)
{
    /// <summary>How long a device waits before it asks again: what Azure answers.</summary>
    public static readonly TimeSpan PollInterval = TimeSpan.FromSeconds(3);

    /// <summary>Gets a value indicating whether the device has to ask again.</summary>
    public bool IsPending => Operation.Status == RegistrationStatus.Assigning;

    /// <summary>Gets the status for the wire: 202 while assigning, else 200.</summary>
    public int HttpStatus => IsPending ? 202 : 200;

    /// <summary>Gets what goes into <c>Retry-After</c> or <c>retry-after</c>, in whole seconds; <see langword="null"/> = nothing.</summary>
    public TimeSpan? RetryAfter => IsPending ? PollInterval : null;

    /// <summary>Makes the JSON of the answer.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(Operation, ProvisioningJson.Wire.RegistrationOperationStatus);
}
