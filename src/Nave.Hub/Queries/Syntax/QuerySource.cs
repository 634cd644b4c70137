namespace Nave.Hub.Queries;

/// <summary>What the rows are.</summary>
public enum QuerySource
{
    /// <summary>Device twins: <c>FROM devices</c>.</summary>
    Devices,

    /// <summary>Module twins: <c>FROM devices.modules</c>.</summary>
    Modules,

    /// <summary>What a job did on each device: <c>FROM devices.jobs</c>.</summary>
    Jobs,

    /// <summary>A message, in the condition of a route; not a collection.</summary>
    Message,

    /// <summary>The provisioning service's individual enrollments: <c>FROM enrollments</c>.</summary>
    Enrollments,

    /// <summary>Its enrollment groups: <c>FROM enrollmentGroups</c>.</summary>
    EnrollmentGroups,

    /// <summary>Its registrations: <c>FROM registrations</c>.</summary>
    Registrations,
}
