from django.db import migrations, models

class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_people_by_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='letter',
            name='headers',
            field=models.JSONField(blank=True, default=dict),
        ),
    ]
