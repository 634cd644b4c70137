namespace Nave.Hub.Provisioning;

/// <summary>Which enrollments.</summary>
public enum EnrollmentKind
{
    /// <summary>Of one device.</summary>
    Individual,

    /// <summary>Of many devices.</summary>
    Group,
}
