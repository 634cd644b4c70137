namespace Nave.Hub.Queries;

/// <summary>
/// The attributes that the hub itself gives to rows. Azure takes their names in any letter case and answers with its own
/// (<c>SELECT DeviceId</c> gives <c>deviceId</c>); what users named keeps its letter case.
/// </summary>
internal static class AttributeNames
{
    private static readonly Dictionary<string, string> s_twin = Index(
        "deviceId", "moduleId", "etag", "deviceEtag", "status", "statusReason", "statusUpdateTime", "connectionState",
        "connectionStateUpdatedTime", "lastActivityTime", "cloudToDeviceMessageCount", "authenticationType", "x509Thumbprint",
        "version", "tags", "properties", "capabilities", "deviceScope", "parentScopes", "configurations", "modelId");

    private static readonly Dictionary<string, Dictionary<string, string>> s_twinInner = new(StringComparer.Ordinal)
    {
        ["properties"] = Index("desired", "reported"),
        ["capabilities"] = Index("iotEdge"),
        ["x509Thumbprint"] = Index("primaryThumbprint", "secondaryThumbprint"),
    };

    private static readonly Dictionary<string, string> s_job = Index(
        "deviceId", "moduleId", "jobId", "jobType", "status", "startTimeUtc", "endTimeUtc", "createdDateTimeUtc",
        "lastUpdatedDateTimeUtc", "outcome", "error");

    private static readonly Dictionary<string, string> s_enrollment = Index(
        "registrationId", "enrollmentGroupId", "deviceId", "registrationState", "attestation", "capabilities", "iotHubHostName", "iotHubs",
        "initialTwin", "etag", "provisioningStatus", "reprovisionPolicy", "createdDateTimeUtc", "lastUpdatedDateTimeUtc", "allocationPolicy",
        "customAllocationDefinition", "optionalDeviceInformation");

    private static readonly Dictionary<string, string> s_registration = Index(
        "registrationId", "createdDateTimeUtc", "assignedHub", "deviceId", "status", "substatus", "errorCode", "errorMessage",
        "lastUpdatedDateTimeUtc", "etag", "payload", "x509", "symmetricKey");

    static AttributeNames()
    {
        // Azure's example of a query over jobs has this name, its example of a row the other.
        s_job.Add("createdTimeUtc", "createdDateTimeUtc");
    }

    /// <summary>Gets the name of the first segment of a path as rows spell it.</summary>
    public static string Root(QuerySource source, string name) => source switch
    {
        QuerySource.Devices or QuerySource.Modules => s_twin.GetValueOrDefault(name, name),
        QuerySource.Jobs => s_job.GetValueOrDefault(name, name),
        QuerySource.Enrollments or QuerySource.EnrollmentGroups => s_enrollment.GetValueOrDefault(name, name),
        QuerySource.Registrations => s_registration.GetValueOrDefault(name, name),
        _ => name,
    };

    /// <summary>Gets the name of the second segment of a path as rows spell it.</summary>
    public static string Inner(QuerySource source, string root, string name) =>
        source is QuerySource.Devices or QuerySource.Modules && s_twinInner.TryGetValue(root, out var names)
            ? names.GetValueOrDefault(name, name)
            : name;

    private static Dictionary<string, string> Index(params string[] names) =>
        names.ToDictionary(name => name, StringComparer.OrdinalIgnoreCase);
}
