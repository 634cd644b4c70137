using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <summary>Who is to be assigned, for the choice of a hub.</summary>
/// <param name="RegistrationId">The registration id.</param>
/// <param name="Enrolled">The enrollment and the proof.</param>
/// <param name="Payload">What the device sent.</param>
/// <param name="CurrentHub">Where it is now, or <see langword="null"/>.</param>
/// <param name="CurrentDeviceId">Its device id there.</param>
internal sealed record AllocationContext(string RegistrationId, Enrolled Enrolled, RawJson Payload, string? CurrentHub, string? CurrentDeviceId);
