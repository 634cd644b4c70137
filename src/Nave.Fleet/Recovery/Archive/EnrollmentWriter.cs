using Nave.Api;
using Nave.Client;

namespace Nave.Fleet.Recovery.Archive;

/// <summary>Writes enrollments to a provisioning service as an import does.</summary>
internal static class EnrollmentWriter
{
    /// <summary>Writes an individual enrollment.</summary>
    public static async Task WriteAsync(ProvisioningServiceClient service, IndividualEnrollment wanted, ImportMode mode, CancellationToken cancellationToken)
    {
        var id = wanted.RegistrationId ?? string.Empty;
        var exists = mode != ImportMode.Create && await service.GetEnrollmentAsync(id, cancellationToken).ConfigureAwait(false) is not null;
        if (mode is ImportMode.Delete or ImportMode.DeleteIfMatchETag)
        {
            await (exists ? service.DeleteEnrollmentAsync(id, null, cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
        }
        else
        {
            var clean = wanted with { Etag = null, RegistrationState = null };
            await (exists ? service.UpdateEnrollmentAsync(clean, null, cancellationToken) : service.CreateEnrollmentAsync(clean, cancellationToken)).ConfigureAwait(false);
        }
    }

    /// <summary>Writes a group.</summary>
    public static async Task WriteAsync(ProvisioningServiceClient service, EnrollmentGroup wanted, ImportMode mode, CancellationToken cancellationToken)
    {
        var id = wanted.EnrollmentGroupId ?? string.Empty;
        var exists = mode != ImportMode.Create && await service.GetGroupAsync(id, cancellationToken).ConfigureAwait(false) is not null;
        if (mode is ImportMode.Delete or ImportMode.DeleteIfMatchETag)
        {
            await (exists ? service.DeleteGroupAsync(id, null, cancellationToken) : Task.CompletedTask).ConfigureAwait(false);
        }
        else
        {
            var clean = wanted with { Etag = null };
            await (exists ? service.UpdateGroupAsync(clean, null, cancellationToken) : service.CreateGroupAsync(clean, cancellationToken)).ConfigureAwait(false);
        }
    }
}
