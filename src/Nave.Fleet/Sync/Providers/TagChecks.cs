namespace Nave.Fleet.Sync.Providers;

/// <summary>Collects what is wrong with the tags of a hub device.</summary>
/// <param name="device">The device.</param>
/// <param name="traits">Whose write-only fields are never quoted.</param>
internal sealed class TagChecks(HubDevice device, ProviderTraits traits)
{
    private readonly List<TagProblem> _problems = [];

    public IReadOnlyList<TagProblem> Problems => _problems;

    /// <summary>Checks that every required field is there.</summary>
    public TagChecks Required()
    {
        foreach (var field in traits.Fields)
        {
            if (field.IsRequired && !(device.Tags.TryGetValue(field.Name, out var value) && value.Length > 0))
            {
                _problems.Add(new TagProblem(field.Name, true, $"The tag '{field.Name}' is missing."));
            }
        }

        return this;
    }

    /// <summary>Checks the value of a tag, if it is there.</summary>
    /// <param name="tag">The tag.</param>
    /// <param name="isPermitted">The rule.</param>
    /// <param name="permitted">The rule in words, such as <c>16 hexadecimal digits are permitted</c>.</param>
    public TagChecks Form(string tag, Func<string, bool> isPermitted, string permitted)
    {
        if (device.Tags.TryGetValue(tag, out var value) && value.Length > 0 && !isPermitted(value))
        {
            Report(tag, traits.IsWriteOnly(tag) ? $"The tag '{tag}' is malformed; {permitted}." : $"The tag '{tag}' is '{value}'; {permitted}.");
        }

        return this;
    }

    public void Report(string tag, string message) => _problems.Add(new TagProblem(tag, false, message));

    public static bool IsHex(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigit);
}
