namespace Nave.Hub.Provisioning;

/// <summary>
/// A device that has proved which enrollment is its own. A connection keeps it for its calls; each call looks again whether the proof still
/// holds, so a connection need not watch for changes of enrollments.
/// </summary>
public sealed class ProvisioningPrincipal
{
    internal ProvisioningPrincipal(string registrationId, DateTimeOffset? expires, Enrolled enrolled)
    {
        RegistrationId = registrationId;
        Expires = expires;
        Enrolled = enrolled;
    }

    /// <summary>Gets the registration id, as the device spells it.</summary>
    public string RegistrationId { get; }

    /// <summary>Gets the group that let the device in; <see langword="null"/> for an individual enrollment.</summary>
    public string? EnrollmentGroupId => Enrolled.Record.IsGroup ? Enrolled.Record.Id : null;

    /// <summary>Gets when its token ends: a connection is closed then. <see langword="null"/> for certificates.</summary>
    public DateTimeOffset? Expires { get; }

    /// <summary>Gets what the proof rests on.</summary>
    internal Enrolled Enrolled { get; }

    /// <summary>Returns the registration id.</summary>
    public override string ToString() => RegistrationId;
}
