using Nave.Api;

namespace Nave.Hub.Provisioning;

/// <content>Bulk changes.</content>
public sealed partial class EnrollmentRegistry
{
    /// <summary>Applies up to 10 changes of individual enrollments, each on its own.</summary>
    /// <returns>What became of them; or 400004 (none or too many, no mode), 400206 (one twice), 429001.</returns>
    public ValueTask<HubResult<BulkEnrollmentOperationResult>> BulkAsync(BulkEnrollmentOperation operation, CancellationToken cancellationToken) =>
        BulkAsync(EnrollmentKind.Individual, operation.Mode, operation.Enrollments, enrollment => enrollment.RegistrationId, cancellationToken);

    /// <summary>Applies up to 10 changes of groups, each on its own.</summary>
    /// <returns>What became of them; or 400004 (none or too many, no mode), 400206 (one twice), 429001.</returns>
    public ValueTask<HubResult<BulkEnrollmentOperationResult>> BulkAsync(BulkEnrollmentGroupOperation operation, CancellationToken cancellationToken) =>
        BulkAsync(EnrollmentKind.Group, operation.Mode, operation.EnrollmentGroups, group => group.EnrollmentGroupId, cancellationToken);

    private async ValueTask<HubResult<BulkEnrollmentOperationResult>> BulkAsync<T>(
        EnrollmentKind kind, BulkEnrollmentMode? mode, IReadOnlyList<T>? enrollments, Func<T, string?> idOf, CancellationToken cancellationToken)
        where T : Enrollment
    {
        if (_limits.TryTakeOperation() is { } throttled)
        {
            return throttled;
        }

        // A list in JSON may hold null, whatever its type says.
        if (mode is null || enrollments is null || enrollments.Count is 0 or > MaxBulk || enrollments.Any(enrollment => enrollment is null))
        {
            return new HubError(
                HubErrorCode.ArgumentInvalid,
                $"A bulk call needs a mode (create, update, updateIfMatchETag, delete) and 1 to {MaxBulk} enrollments, none of them null; this one has {enrollments?.Count ?? 0}.");
        }

        if (enrollments.GroupBy(enrollment => RegistrationIds.KeyOf(idOf(enrollment) ?? "")).FirstOrDefault(same => same.Count() > 1) is { } twice)
        {
            return new HubError(HubErrorCode.RegistrationIdDefinedMultipleTimes, $"'{twice.Key}' is in the bulk call more than once.");
        }

        var errors = new List<BulkEnrollmentOperationError>();
        foreach (var enrollment in enrollments)
        {
            if (await ApplyAsync(kind, mode.Value, idOf(enrollment) ?? "", enrollment, cancellationToken) is { } error)
            {
                errors.Add(new BulkEnrollmentOperationError
                {
                    RegistrationId = kind == EnrollmentKind.Individual ? idOf(enrollment) ?? "" : null,
                    EnrollmentGroupId = kind == EnrollmentKind.Group ? idOf(enrollment) ?? "" : null,
                    ErrorCode = (int)error.Code,
                    ErrorStatus = error.Message,
                });
            }
        }

        return new BulkEnrollmentOperationResult { IsSuccessful = errors.Count == 0, Errors = errors };
    }

    private async ValueTask<HubError?> ApplyAsync(
        EnrollmentKind kind, BulkEnrollmentMode mode, string id, Enrollment enrollment, CancellationToken cancellationToken)
    {
        var any = new IfMatch("*");
        return mode switch
        {
            BulkEnrollmentMode.Create => (await WriteAsync(kind, id, enrollment, default, mayCreate: true, cancellationToken)).Error,
            BulkEnrollmentMode.Update => (await WriteAsync(kind, id, enrollment, any, mayCreate: false, cancellationToken)).Error,
            BulkEnrollmentMode.UpdateIfMatchETag => (await WriteAsync(kind, id, enrollment, IfMatch.Parse(enrollment.Etag), mayCreate: false, cancellationToken)).Error,
            _ => (await DeleteCoreAsync(kind, id, any, cancellationToken)).Error,
        };
    }
}
