using Nave.Api;

namespace Nave.Fuzz.Api;

/// <summary>Encoded properties, as they are stored with events and messages.</summary>
internal sealed class EventPropertiesTarget() : FuzzTarget("event-properties", [[], Seed(1), Seed(12)])
{
    public override bool Execute(byte[] input)
    {
        try
        {
            var reader = new EventPropertiesReader(input);
            while (reader.TryRead())
            {
                Check(reader.Name.IsEmpty || reader.System == SystemProperty.None, "a system property has no name");
            }

            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }

    public override void Verify(byte[] input)
    {
        var properties = new EventProperties(input);
        var writer = new EventPropertiesWriter();
        writer.AddAll(properties);
        Check(writer.ToProperties().Count() == properties.Count(), "a copy has as many");
        Check(properties.ContentBytes <= input.Length, "the content is within the bytes");
    }

    private static byte[] Seed(int count)
    {
        var writer = new EventPropertiesWriter();
        for (var i = 0; i < count; i++)
        {
            writer.Add(SystemProperty.MessageId, $"m{i}");
            writer.Add($"name{i}", new string('v', i * 20));
            writer.AddNull("n"u8);
        }

        return writer.Written.ToArray();
    }
}
