namespace Nave.Hub.Queries;

/// <summary>One step of a path: into a property if <paramref name="Name"/> is given, else into an element of an array.</summary>
/// <param name="Name">The name of the property.</param>
/// <param name="Index">The index of the element, from 0.</param>
internal readonly record struct PathSegment(string? Name, int Index)
{
    /// <summary>Makes a step into a property.</summary>
    public static PathSegment Property(string name) => new(name, 0);

    /// <summary>Makes a step into an element of an array.</summary>
    public static PathSegment Element(int index) => new(null, index);
}
