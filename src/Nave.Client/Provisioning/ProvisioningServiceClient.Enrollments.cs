using Nave.Api;

namespace Nave.Client;

/// <content>Enrollments of single devices, and groups.</content>
public sealed partial class ProvisioningServiceClient
{
    /// <summary>Gets an individual enrollment, without its keys.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public Task<IndividualEnrollment?> GetEnrollmentAsync(string registrationId, CancellationToken cancellationToken = default) =>
        FindAsync(EnrollmentPath(registrationId), ProvisioningJson.Default.IndividualEnrollment, cancellationToken);

    /// <summary>Creates an individual enrollment; keys that are missing are made, and are in the answer.</summary>
    /// <exception cref="HubException">409 if it exists, 400.</exception>
    public Task<IndividualEnrollment> CreateEnrollmentAsync(IndividualEnrollment enrollment, CancellationToken cancellationToken = default) =>
        PutEnrollmentAsync(enrollment, null, cancellationToken);

    /// <summary>Replaces an individual enrollment.</summary>
    /// <param name="enrollment">The new content; keys that are missing stay as they are.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 412, 400.</exception>
    public Task<IndividualEnrollment> UpdateEnrollmentAsync(
        IndividualEnrollment enrollment, string? etag = null, CancellationToken cancellationToken = default) =>
        PutEnrollmentAsync(enrollment, etag ?? "*", cancellationToken);

    /// <summary>Deletes an individual enrollment; what it provisioned stays in the hub.</summary>
    /// <param name="registrationId">Which.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 412.</exception>
    public Task DeleteEnrollmentAsync(string registrationId, string? etag = null, CancellationToken cancellationToken = default) =>
        DeleteAsync(EnrollmentPath(registrationId), etag, cancellationToken);

    /// <summary>Reads how the device proves itself, keys included.</summary>
    /// <exception cref="HubException">404.</exception>
    public Task<AttestationMechanism> GetEnrollmentAttestationAsync(string registrationId, CancellationToken cancellationToken = default) =>
        GetAttestationAsync(EnrollmentPath(registrationId), cancellationToken);

    /// <summary>Applies one change to 1 to 10 individual enrollments, each on its own.</summary>
    /// <returns>What failed; that is not an exception.</returns>
    /// <exception cref="HubException">The whole call was refused.</exception>
    public Task<BulkEnrollmentOperationResult> BulkEnrollmentsAsync(
        BulkEnrollmentMode mode, IReadOnlyList<IndividualEnrollment> enrollments, CancellationToken cancellationToken = default) =>
        BulkAsync(
            "enrollments",
            new BulkEnrollmentOperation { Mode = mode, Enrollments = enrollments },
            ProvisioningJson.Wire.BulkEnrollmentOperation,
            cancellationToken);

    /// <summary>Lists individual enrollments, a page at a time.</summary>
    /// <param name="query">Such as <see cref="SelectAll"/>.</param>
    /// <param name="pageSize">At most so many a page; <see langword="null"/> = as the service likes.</param>
    /// <param name="continuation">What the page before gave; <see langword="null"/> for the first.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">400.</exception>
    public Task<ProvisioningPage<IndividualEnrollment>> QueryEnrollmentsAsync(
        string query = SelectAll, int? pageSize = null, string? continuation = null, CancellationToken cancellationToken = default) =>
        QueryAsync("enrollments/query", query, pageSize, continuation, ProvisioningJson.Default.IReadOnlyListIndividualEnrollment, cancellationToken);

    /// <summary>Gets a group, without its keys.</summary>
    /// <returns><see langword="null"/> if there is none.</returns>
    public Task<EnrollmentGroup?> GetGroupAsync(string groupId, CancellationToken cancellationToken = default) =>
        FindAsync(GroupPath(groupId), ProvisioningJson.Default.EnrollmentGroup, cancellationToken);

    /// <summary>Creates a group; keys that are missing are made, and are in the answer.</summary>
    /// <exception cref="HubException">409 if it exists, 400.</exception>
    public Task<EnrollmentGroup> CreateGroupAsync(EnrollmentGroup group, CancellationToken cancellationToken = default) =>
        PutGroupAsync(group, null, cancellationToken);

    /// <summary>Replaces a group.</summary>
    /// <param name="group">The new content; keys that are missing stay as they are.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 412, 400.</exception>
    public Task<EnrollmentGroup> UpdateGroupAsync(EnrollmentGroup group, string? etag = null, CancellationToken cancellationToken = default) =>
        PutGroupAsync(group, etag ?? "*", cancellationToken);

    /// <summary>Deletes a group; what it provisioned stays in the hub.</summary>
    /// <param name="groupId">Which.</param>
    /// <param name="etag">The etag that it must have; <see langword="null"/> = any.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">404, 412.</exception>
    public Task DeleteGroupAsync(string groupId, string? etag = null, CancellationToken cancellationToken = default) =>
        DeleteAsync(GroupPath(groupId), etag, cancellationToken);

    /// <summary>Reads how the devices of a group prove themselves, keys included.</summary>
    /// <exception cref="HubException">404.</exception>
    public Task<AttestationMechanism> GetGroupAttestationAsync(string groupId, CancellationToken cancellationToken = default) =>
        GetAttestationAsync(GroupPath(groupId), cancellationToken);

    /// <summary>Applies one change to 1 to 10 groups, each on its own.</summary>
    /// <returns>What failed; that is not an exception.</returns>
    /// <exception cref="HubException">The whole call was refused.</exception>
    public Task<BulkEnrollmentOperationResult> BulkGroupsAsync(
        BulkEnrollmentMode mode, IReadOnlyList<EnrollmentGroup> groups, CancellationToken cancellationToken = default) =>
        BulkAsync(
            "enrollmentGroups",
            new BulkEnrollmentGroupOperation { Mode = mode, EnrollmentGroups = groups },
            ProvisioningJson.Wire.BulkEnrollmentGroupOperation,
            cancellationToken);

    /// <summary>Lists groups, a page at a time.</summary>
    /// <param name="query">Such as <c>SELECT * FROM enrollmentGroups</c>.</param>
    /// <param name="pageSize">At most so many a page; <see langword="null"/> = as the service likes.</param>
    /// <param name="continuation">What the page before gave; <see langword="null"/> for the first.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <exception cref="HubException">400.</exception>
    public Task<ProvisioningPage<EnrollmentGroup>> QueryGroupsAsync(
        string query = SelectAllGroups, int? pageSize = null, string? continuation = null, CancellationToken cancellationToken = default) =>
        QueryAsync("enrollmentGroups/query", query, pageSize, continuation, ProvisioningJson.Default.IReadOnlyListEnrollmentGroup, cancellationToken);

    private static string EnrollmentPath(string registrationId) => $"enrollments/{Escape(registrationId)}";

    private static string GroupPath(string groupId) => $"enrollmentGroups/{Escape(groupId)}";

    private Task<IndividualEnrollment> PutEnrollmentAsync(IndividualEnrollment enrollment, string? etag, CancellationToken cancellationToken) => PutAsync(
        EnrollmentPath(enrollment.RegistrationId ?? throw new ArgumentException("The enrollment has no registration id.", nameof(enrollment))),
        enrollment, etag, ProvisioningJson.Wire.IndividualEnrollment, ProvisioningJson.Default.IndividualEnrollment, cancellationToken);

    private Task<EnrollmentGroup> PutGroupAsync(EnrollmentGroup group, string? etag, CancellationToken cancellationToken) => PutAsync(
        GroupPath(group.EnrollmentGroupId ?? throw new ArgumentException("The group has no id.", nameof(group))),
        group, etag, ProvisioningJson.Wire.EnrollmentGroup, ProvisioningJson.Default.EnrollmentGroup, cancellationToken);
}
